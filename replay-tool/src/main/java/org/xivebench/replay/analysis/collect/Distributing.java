package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Unit;

/**
 * Collects a {@link Distribution}. The first few values are kept as they are, since most keys of a
 * breakdown have no more; then a histogram takes over.
 */
public final class Distributing {
  /** Two digits: percentiles within a hundredth. */
  private static final int DIGITS = 2;

  private static final int KEPT = 32;

  /** Values beyond (36 years in nanoseconds) are damage; the histogram takes them as this. */
  private static final long MAX_VALUE = 1L << 60;

  private static final double[] CURVE = {
    0, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100
  };

  private long[] first = new long[4];
  private Histogram histogram;
  private long count;
  private long total;
  private long min = Long.MAX_VALUE;
  private long max = Long.MIN_VALUE;

  /** Takes a value; a negative one counts as 0. */
  public void add(long value) {
    long v = Math.max(0, value);
    if (histogram != null) {
      histogram.recordValue(Math.min(v, MAX_VALUE));
    } else if (count < KEPT) {
      if (count == first.length) {
        first = Arrays.copyOf(first, first.length * 2);
      }
      first[(int) count] = v;
    } else {
      startHistogram();
      histogram.recordValue(Math.min(v, MAX_VALUE));
    }
    count++;
    total += v;
    min = Math.min(min, v);
    max = Math.max(max, v);
  }

  private void startHistogram() {
    histogram = new Histogram(DIGITS);
    for (int i = 0; i < count; i++) {
      histogram.recordValue(Math.min(first[i], MAX_VALUE));
    }
    first = null;
  }

  /** Takes all values of another. */
  public void addAll(Distributing other) {
    if (other.histogram == null) {
      for (int i = 0; i < other.count; i++) {
        add(other.first[i]);
      }
      return;
    }
    if (histogram == null) {
      startHistogram();
    }
    histogram.add(other.histogram);
    count += other.count;
    total += other.total;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
  }

  public long count() {
    return count;
  }

  public long total() {
    return total;
  }

  /** The largest value; 0 when there is none. */
  public long max() {
    return count == 0 ? 0 : max;
  }

  /** What was collected so far. */
  public Distribution result(Unit unit) {
    if (count == 0) {
      return Distribution.empty(unit);
    }
    long[] sorted = histogram == null ? Arrays.copyOf(first, (int) count) : null;
    if (sorted != null) {
      Arrays.sort(sorted);
    }
    List<Distribution.Point> curve = new ArrayList<>();
    for (double percentile : CURVE) {
      curve.add(new Distribution.Point(percentile, at(percentile, sorted)));
    }
    return new Distribution(
        unit,
        count,
        total,
        min,
        at(50, sorted),
        at(90, sorted),
        at(99, sorted),
        at(99.9, sorted),
        max,
        curve);
  }

  private long at(double percentile, long[] sorted) {
    if (percentile <= 0) {
      return min;
    }
    if (sorted != null) {
      int rank = (int) Math.ceil(percentile / 100 * sorted.length);
      return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
    }
    // The histogram gives the end of a range of equal values, which may lie beyond the maximum.
    return Math.max(min, Math.min(max, histogram.getValueAtPercentile(percentile)));
  }
}
