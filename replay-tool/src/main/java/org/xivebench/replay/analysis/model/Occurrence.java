package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * One event that stands out.
 *
 * @param timeNanos when it began, nanoseconds since the epoch
 * @param value how long or how large, in the unit of the breakdown it belongs to
 * @param thread name of its thread; empty when it has none
 * @param what the key and whatever else tells it apart, in words
 * @param frames the innermost frames of its stack, {@code Class.method:line}; empty without a stack
 */
public record Occurrence(
    long timeNanos, long value, String thread, String what, List<String> frames) {
  /** Copies the frames. */
  public Occurrence {
    frames = List.copyOf(frames);
  }
}
