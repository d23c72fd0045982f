package org.xivebench.replay.analysis.compare;

import org.xivebench.replay.analysis.model.Unit;

/**
 * A number of two recordings.
 *
 * @param section name of the section it belongs to
 * @param part name of the figure or breakdown in the section
 * @param title for people
 * @param key of a breakdown; empty for all keys together
 * @param statistic which number of the part: {@code value} of a figure; of a breakdown {@code
 *     rate}, the number of values by the second, or a percentile such as {@code p99}
 * @param unit of both numbers
 * @param before of the first recording
 * @param after of the second
 * @param verdict whether they differ by more than chance
 */
public record Change(
    String section,
    String part,
    String title,
    String key,
    String statistic,
    Unit unit,
    double before,
    double after,
    Verdict verdict) {

  /** What can be said of two numbers. */
  public enum Verdict {
    /** They differ by more than chance would make of equal programs. */
    CHANGED,
    /** The difference may be chance, or is too small to matter. */
    WITHIN_NOISE,
    /** Single numbers: how much they vary from run to run cannot be told from two recordings. */
    NOISE_UNKNOWN,
    /** The first recording has none. */
    ONLY_AFTER,
    /** The second recording has none. */
    ONLY_BEFORE
  }

  /** The second number as a multiple of the first; infinite when the first is 0 and it is not. */
  public double ratio() {
    return before == 0 ? (after == 0 ? 1 : Double.POSITIVE_INFINITY) : after / before;
  }

  /** How far the two are apart, whichever is the larger: 0 for equal ones. For sorting. */
  double distance() {
    double smaller = Math.min(Math.abs(before), Math.abs(after));
    double larger = Math.max(Math.abs(before), Math.abs(after));
    return larger == 0 ? 0 : smaller == 0 ? Double.MAX_VALUE : Math.log(larger / smaller);
  }
}
