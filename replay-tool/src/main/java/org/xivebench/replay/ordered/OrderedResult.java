package org.xivebench.replay.ordered;

import java.util.List;
import java.util.Map;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.xive.Quirks;

/**
 * What an ordered replay came to.
 *
 * @param irqchip where the controller was
 * @param quirks of emulated controllers
 * @param cycles how many times the trace was begun
 * @param events events read
 * @param operations operations done
 * @param checked recorded results compared, by the kind of event that has them
 * @param swaps swaps among the operations
 * @param withoutEffect operations that had no effect, neither in the trace nor in the model
 * @param gaps what could not be compared
 * @param differences results that differ where an in-kernel device is known to
 * @param divergenceCount results that differ
 * @param divergences the first of them
 * @param totals what became of interrupts in the run that the trace records, counted anew; null if
 *     it is of none
 * @param effort what that run cost, counted anew; null if it is of none
 * @param digest of all operations and what the model answered
 * @param wallNanos how long it took
 * @param interrupted whether the user ended it early
 */
public record OrderedResult(
    Irqchip irqchip,
    Quirks quirks,
    int cycles,
    long events,
    long operations,
    Map<TraceKind, Long> checked,
    long swaps,
    long withoutEffect,
    Map<Gap, Long> gaps,
    Map<KnownDifference, Long> differences,
    long divergenceCount,
    List<Divergence> divergences,
    RunTotals totals,
    RunEffort effort,
    long digest,
    long wallNanos,
    boolean interrupted) {

  /** Recorded results compared, all kinds together. */
  public long checkedCount() {
    return checked.values().stream().mapToLong(Long::longValue).sum();
  }

  /** What could not be compared, all together. */
  public long uncheckedCount() {
    return gaps.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Events read for each second of wall time. */
  public double eventsPerSecond() {
    return wallNanos == 0 ? 0 : events * 1e9 / wallNanos;
  }
}
