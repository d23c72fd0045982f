package org.xivebench.replay.ordered;

import org.xivebench.replay.trace.TraceEvent;

/** Is told where the model answers otherwise than what was recorded. */
@FunctionalInterface
interface DivergenceSink {
  /**
   * Takes a difference.
   *
   * @param at the event that says what is expected, or the operation that had another outcome
   * @param expected what was recorded
   * @param got what the model answered
   */
  void differs(TraceEvent at, String expected, String got);
}
