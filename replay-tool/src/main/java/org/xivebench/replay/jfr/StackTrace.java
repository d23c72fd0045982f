package org.xivebench.replay.jfr;

import java.util.List;

/**
 * A stack trace, the innermost frame first.
 *
 * @param truncated whether the stack was deeper than what was recorded
 */
public record StackTrace(boolean truncated, List<StackFrame> frames) {
  public StackTrace {
    frames = List.copyOf(frames);
  }
}
