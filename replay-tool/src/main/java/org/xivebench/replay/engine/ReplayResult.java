package org.xivebench.replay.engine;

import java.util.List;

/**
 * What a run came to.
 *
 * @param startedOn the backend that it started on
 * @param cycles how many times the trace was begun
 * @param events events read
 * @param operations stimuli done
 * @param triggered see the law; likewise the next six
 * @param spuriousIpis runs of the IPI handler that found no message
 * @param spuriousLsis handler runs of LSIs whose line had gone down
 * @param swaps swaps completed, and how long they took
 * @param effort what it cost
 * @param useAfterFree accesses to freed objects
 * @param lockOrder lock-order reports, or null if nobody looked
 * @param stuck what waited too long, by name
 * @param problems other findings, a line each
 * @param wallNanos from the first vCPU's start to the end of the drain
 * @param interrupted whether the user ended it early
 */
public record ReplayResult(
    String startedOn,
    int cycles,
    long events,
    long operations,
    long triggered,
    long coalesced,
    long dropped,
    long delivered,
    long pending,
    long lost,
    long invented,
    long spuriousIpis,
    long spuriousLsis,
    SwapFigures swaps,
    Effort effort,
    List<String> useAfterFree,
    List<String> lockOrder,
    List<String> stuck,
    List<String> problems,
    long wallNanos,
    boolean interrupted) {

  /** Copies the lists. */
  public ReplayResult {
    useAfterFree = List.copyOf(useAfterFree);
    lockOrder = lockOrder == null ? null : List.copyOf(lockOrder);
    stuck = List.copyOf(stuck);
    problems = List.copyOf(problems);
  }

  /** Returns whether the run found nothing wrong. */
  public boolean isClean() {
    return lost == 0
        && invented == 0
        && useAfterFree.isEmpty()
        && (lockOrder == null || lockOrder.isEmpty())
        && stuck.isEmpty()
        && problems.isEmpty();
  }

  /** Events read for each second of wall time. */
  public double eventsPerSecond() {
    return wallNanos == 0 ? 0 : events * 1e9 / wallNanos;
  }
}
