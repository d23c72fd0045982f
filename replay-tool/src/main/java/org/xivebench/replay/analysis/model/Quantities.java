package org.xivebench.replay.analysis.model;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers as people read them: three digits and a unit. */
public final class Quantities {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter TIME_OF_DAY =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Quantities() {}

  /** A number in a unit. */
  public static String of(Unit unit, double value) {
    return switch (unit) {
      case NANOS -> nanos(value);
      case EPOCH_NANOS -> time((long) value);
      case BYTES -> bytes(value);
      case BYTES_PER_SECOND -> bytes(value) + "/s";
      case PER_SECOND -> digits(value) + "/s";
      case RATIO -> percent(value);
      case COUNT -> value == Math.rint(value) ? count((long) value) : digits(value);
      case MILLIONTHS -> digits(value / 1e6);
      case TEXT -> digits(value);
    };
  }

  /** A whole number in a unit. */
  public static String of(Unit unit, long value) {
    return of(unit, (double) value);
  }

  /** A length of time: {@code 12.3 ms}. */
  public static String nanos(long nanos) {
    return nanos((double) nanos);
  }

  /** A length of time: {@code 12.3 ms}. */
  public static String nanos(double nanos) {
    double abs = Math.abs(nanos);
    if (abs < 1_000) {
      return digits(nanos) + " ns";
    }
    if (abs < 999_500) {
      return digits(nanos / 1e3) + " µs";
    }
    if (abs < 999_500_000) {
      return digits(nanos / 1e6) + " ms";
    }
    if (abs < 120e9) {
      return digits(nanos / 1e9) + " s";
    }
    long seconds = Math.round(nanos / 1e9);
    return seconds < 7200
        ? seconds / 60 + " min " + seconds % 60 + " s"
        : seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }

  /** A number of bytes, in powers of 1000: {@code 1.23 MB}. */
  public static String bytes(long bytes) {
    return bytes((double) bytes);
  }

  /** A number of bytes, in powers of 1000: {@code 1.23 MB}. */
  public static String bytes(double bytes) {
    double rest = bytes;
    for (String unit : new String[] {"B", "kB", "MB", "GB"}) {
      if (Math.abs(rest) < 999.5) {
        return digits(rest) + " " + unit;
      }
      rest /= 1000;
    }
    return digits(rest) + " TB";
  }

  /** A ratio: {@code 12.3 %}. */
  public static String percent(double ratio) {
    return digits(ratio * 100) + " %";
  }

  /** A whole number, its thousands set off. */
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** How often: {@code once} or {@code 7 times}. */
  public static String times(long count) {
    return count == 1 ? "one time" : count(count) + " times";
  }

  /** A moment, in UTC. */
  public static String time(long epochNanos) {
    return TIME.format(instant(epochNanos)) + " UTC";
  }

  /** The time of day of a moment, in UTC. */
  public static String timeOfDay(long epochNanos) {
    return TIME_OF_DAY.format(instant(epochNanos));
  }

  /** A moment in the form of ISO 8601, to the nanosecond. */
  public static String iso(long epochNanos) {
    return instant(epochNanos).toString();
  }

  private static Instant instant(long epochNanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(epochNanos, 1_000_000_000L), Math.floorMod(epochNanos, 1_000_000_000L));
  }

  private static String digits(double value) {
    double abs = Math.abs(value);
    if (value == Math.rint(value) && abs < 1000) {
      return Long.toString((long) value);
    }
    return String.format(Locale.ROOT, abs < 9.995 ? "%.2f" : abs < 99.95 ? "%.1f" : "%,.0f", value);
  }
}
