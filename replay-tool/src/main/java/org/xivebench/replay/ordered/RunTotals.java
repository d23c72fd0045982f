package org.xivebench.replay.ordered;

import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;

/**
 * What became of the interrupts of a recorded run, as the run said at its end.
 *
 * @param triggered see the law in docs/replay.md; likewise the others
 */
public record RunTotals(
    long triggered,
    long delivered,
    long coalesced,
    long dropped,
    long pending,
    long lost,
    long invented) {

  static RunTotals of(TraceEvent event) {
    return new RunTotals(
        event.get(TraceField.TRIGGERED),
        event.get(TraceField.DELIVERED),
        event.get(TraceField.COALESCED),
        event.get(TraceField.DROPPED),
        event.get(TraceField.PENDING),
        event.get(TraceField.LOST),
        event.get(TraceField.INVENTED));
  }
}
