package org.xivebench.replay.conformance;

import java.nio.file.Path;
import java.util.List;

/**
 * What came of a file.
 *
 * @param file that was run
 * @param scenario its name
 * @param irqchip what it was run on
 * @param operations how many were run; comments do not count
 * @param mismatchCount how many results were not as recorded
 * @param mismatches the first of these
 */
public record ScenarioResult(
    Path file,
    String scenario,
    Irqchip irqchip,
    long operations,
    long mismatchCount,
    List<Mismatch> mismatches) {

  /** Returns whether every result was as recorded. */
  public boolean passed() {
    return mismatchCount == 0;
  }
}
