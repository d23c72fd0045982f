package org.xivebench.replay.soak;

import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.xivebench.replay.engine.Law;

/**
 * What a soak run came to.
 *
 * @param startedOn the backend that the VM started on
 * @param protocol how devices were released
 * @param law what became of its interrupts
 * @param steps by path: how often it was taken
 * @param swaps how often the controller was changed, the times without one included
 * @param pauseNanos how long each swap kept the vCPUs out
 * @param useAfterFree accesses to freed objects
 * @param lockOrder lock-order reports, or null if nobody looked
 * @param stuck what waited too long, by name
 * @param problems other findings, a line each
 * @param wallNanos how long it took
 * @param interrupted whether the user ended it early
 */
public record SoakResult(
    String startedOn,
    String protocol,
    Law law,
    Map<String, Long> steps,
    long swaps,
    Histogram pauseNanos,
    List<String> useAfterFree,
    List<String> lockOrder,
    List<String> stuck,
    List<String> problems,
    long wallNanos,
    boolean interrupted) {

  /** Returns whether nothing was found. */
  public boolean isClean() {
    return law.holds()
        && useAfterFree.isEmpty()
        && (lockOrder == null || lockOrder.isEmpty())
        && stuck.isEmpty()
        && problems.isEmpty();
  }
}
