package org.xivebench.replay.jfr;

/**
 * Ticks to time. All chunks of one JVM are converted by the clock of its first chunk in the
 * recording, as {@code RecordingFile} does: the wall clock that each chunk notes at its start
 * drifts against the tick counter, and an own base for each chunk would make time jump between
 * them.
 *
 * @param startNanos time in nanoseconds since the epoch at {@code startTicks}
 * @param startTicks value of the tick counter at {@code startNanos}
 * @param ticksPerSecond rate of the counter, above 0
 */
public record TickClock(long startNanos, long startTicks, long ticksPerSecond) {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Converts a value of the tick counter to nanoseconds since the epoch. */
  public long epochNanos(long ticks) {
    return startNanos + nanos(ticks - startTicks);
  }

  /** Converts a distance in ticks to nanoseconds, towards zero. */
  public long nanos(long ticks) {
    return ticksPerSecond == NANOS_PER_SECOND
        ? ticks
        : (long) (ticks / ((double) ticksPerSecond / NANOS_PER_SECOND));
  }
}
