package org.xivebench.replay.analysis;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.replay.UsageException;

/** A moment as a user gives it: a full time, a time of day, or a distance from begin or end. */
public final class TimeSpec {
  private static final Pattern DISTANCE =
      Pattern.compile("([+-]?)(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h)");

  private enum Kind {
    NONE,
    ABSOLUTE,
    TIME_OF_DAY,
    FROM_BEGIN,
    FROM_END
  }

  private final Kind kind;
  private final long nanos;

  private TimeSpec(Kind kind, long nanos) {
    this.kind = kind;
    this.nanos = nanos;
  }

  /**
   * Reads one.
   *
   * @param option named in the message
   * @param text null for none
   * @throws UsageException if it is of none of the forms
   */
  public static TimeSpec parse(String option, String text) {
    if (text == null) {
      return new TimeSpec(Kind.NONE, 0);
    }
    Matcher distance = DISTANCE.matcher(text);
    if (distance.matches()) {
      long nanos = nanos(distance.group(2), distance.group(3));
      return distance.group(1).equals("-")
          ? new TimeSpec(Kind.FROM_END, nanos)
          : new TimeSpec(Kind.FROM_BEGIN, nanos);
    }
    try {
      if (text.matches("\\d\\d:.*")) {
        return new TimeSpec(Kind.TIME_OF_DAY, LocalTime.parse(text).toNanoOfDay());
      }
      boolean zoned = text.matches(".*T.*([zZ]|[+-]\\d\\d.*)");
      Instant instant =
          zoned
              ? OffsetDateTime.parse(text).toInstant()
              : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      return new TimeSpec(Kind.ABSOLUTE, epochNanos(instant));
    } catch (DateTimeException | ArithmeticException e) {
      throw new UsageException(
          option
              + " "
              + text
              + ": must be like 2026-11-22T10:15:30Z, 10:15:30, 30s (after the begin) or -10s"
              + " (before the end)",
          e);
    }
  }

  /** A length of time such as {@code 50ms}, in nanoseconds; -1 if the text is none. */
  public static long parseLength(String text) {
    Matcher distance = DISTANCE.matcher(text.replace(" ", ""));
    return distance.matches() && distance.group(1).isEmpty()
        ? nanos(distance.group(2), distance.group(3))
        : -1;
  }

  private static long nanos(String number, String unit) {
    double factor =
        switch (unit) {
          case "ns" -> 1;
          case "us" -> 1e3;
          case "ms" -> 1e6;
          case "s" -> 1e9;
          case "m" -> 60e9;
          default -> 3600e9;
        };
    return Math.round(Double.parseDouble(number) * factor);
  }

  private static long epochNanos(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
  }

  /** Whether begin and end of the recording must be known to resolve it. */
  public boolean needsSpan() {
    return kind != Kind.NONE && kind != Kind.ABSOLUTE;
  }

  /**
   * The moment, in nanoseconds since the epoch.
   *
   * @param begin of the recording
   * @param end of the recording
   * @param none what stands for a time that was not given
   */
  public long resolve(long begin, long end, long none) {
    return switch (kind) {
      case NONE -> none;
      case ABSOLUTE -> nanos;
      case FROM_BEGIN -> begin + nanos;
      case FROM_END -> end - nanos;
      case TIME_OF_DAY -> {
        Instant instant = Instant.ofEpochSecond(0, begin);
        LocalDate day = instant.atOffset(ZoneOffset.UTC).toLocalDate();
        yield epochNanos(day.atStartOfDay().toInstant(ZoneOffset.UTC)) + nanos;
      }
    };
  }
}
