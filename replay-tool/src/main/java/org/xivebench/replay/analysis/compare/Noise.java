package org.xivebench.replay.analysis.compare;

import java.util.List;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Distribution.Point;

/**
 * What chance can do to counts and percentiles. Every bound is one of three standard deviations: of
 * a thousand comparisons of equal programs, three are called a change.
 *
 * <p>A count is taken to vary as that of independent events does (its variance is the count). A
 * percentile lies, for any distribution, between the values of two ranks that the binomial
 * distribution gives; those are read off the percentile curve. Neither knows of what makes whole
 * runs differ, such as another heap layout: a change beyond noise says that the recordings differ,
 * not why.
 */
final class Noise {
  private static final double DEVIATIONS = 3;

  /** Differences smaller than this part are not worth telling, however certain. */
  private static final double LEAST_PART = 0.05;

  /** Values that must lie beyond a percentile, on both sides of it, for it to say anything. */
  private static final double LEAST_BEYOND = 10;

  private Noise() {}

  /** Whether two event counts over two lengths of time are rates that differ. */
  static boolean ratesDiffer(long before, long beforeNanos, long after, long afterNanos) {
    double rateBefore = (double) before / beforeNanos;
    double rateAfter = (double) after / afterNanos;
    double deviation =
        Math.sqrt(
            Math.max(before, 1) / ((double) beforeNanos * beforeNanos)
                + Math.max(after, 1) / ((double) afterNanos * afterNanos));
    return Math.abs(rateBefore - rateAfter) > DEVIATIONS * deviation
        && matters(rateBefore, rateAfter);
  }

  /** Whether a percentile of two distributions differs. */
  static boolean percentilesDiffer(double percentile, Distribution before, Distribution after) {
    double valueBefore = valueAt(before.curve(), percentile);
    double valueAfter = valueAt(after.curve(), percentile);
    return matters(valueBefore, valueAfter)
        && isKnown(percentile, before.count())
        && isKnown(percentile, after.count())
        && (upper(percentile, before) < lower(percentile, after)
            || upper(percentile, after) < lower(percentile, before));
  }

  private static boolean isKnown(double percentile, long count) {
    return count * Math.min(percentile, 100 - percentile) / 100 >= LEAST_BEYOND;
  }

  private static boolean matters(double before, double after) {
    return Math.abs(before - after) >= LEAST_PART * Math.max(Math.abs(before), Math.abs(after));
  }

  private static double lower(double percentile, Distribution values) {
    double rank = percentile - DEVIATIONS * deviationOfRank(percentile, values.count());
    return rank <= 0 ? values.min() : floor(values.curve(), rank, values.min());
  }

  private static double upper(double percentile, Distribution values) {
    double rank = percentile + DEVIATIONS * deviationOfRank(percentile, values.count());
    return rank >= 100 ? values.max() : valueAt(values.curve(), rank);
  }

  /** In percent. */
  private static double deviationOfRank(double percentile, long count) {
    double part = percentile / 100;
    return 100 * Math.sqrt(part * (1 - part) / count);
  }

  /** The value of the first point at or above a percentile. */
  static double valueAt(List<Point> curve, double percentile) {
    for (Point point : curve) {
      if (point.percentile() >= percentile) {
        return point.value();
      }
    }
    return curve.isEmpty() ? 0 : curve.get(curve.size() - 1).value();
  }

  /** The value of the last point at or below a percentile. */
  private static double floor(List<Point> curve, double percentile, long least) {
    double value = least;
    for (Point point : curve) {
      if (point.percentile() > percentile) {
        break;
      }
      value = point.value();
    }
    return value;
  }
}
