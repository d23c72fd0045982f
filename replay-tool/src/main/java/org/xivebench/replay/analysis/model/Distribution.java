package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * Many values of one kind in a few numbers. Count, total, minimum and maximum are exact;
 * percentiles are within a hundredth of the value.
 *
 * @param unit of all values
 * @param count number of values; when it is 0, all else is 0
 * @param total sum of the values
 * @param p50 the median: the smallest value that at least half of the values do not exceed
 * @param p90 90th percentile
 * @param p99 99th percentile
 * @param p999 99.9th percentile
 * @param curve the values at more percentiles, ascending, for plots and comparisons
 */
public record Distribution(
    Unit unit,
    long count,
    long total,
    long min,
    long p50,
    long p90,
    long p99,
    long p999,
    long max,
    List<Point> curve) {
  /**
   * A point of the percentile curve.
   *
   * @param percentile 0 to 100
   * @param value the smallest value that this many percent of the values do not exceed
   */
  public record Point(double percentile, long value) {}

  /** Copies the curve. */
  public Distribution {
    curve = List.copyOf(curve);
  }

  /** One without values. */
  public static Distribution empty(Unit unit) {
    return new Distribution(unit, 0, 0, 0, 0, 0, 0, 0, 0, List.of());
  }

  /** The mean of the values; 0 when there are none. */
  public double mean() {
    return count == 0 ? 0 : (double) total / count;
  }
}
