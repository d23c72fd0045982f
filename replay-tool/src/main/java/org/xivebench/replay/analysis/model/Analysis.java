package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * The result of analysing one or more recordings together.
 *
 * @param files what was read, in the order of time
 * @param jvms the JVMs that they hold, in the order of time
 * @param losses damaged places that were passed over; the first thousand
 * @param lossCount number of all such places
 * @param interrupted whether the user ended the reading early: all numbers are then of what was
 *     read up to then
 */
public record Analysis(
    List<SourceFile> files,
    List<JvmAnalysis> jvms,
    List<String> losses,
    long lossCount,
    boolean interrupted) {
  /**
   * A recording that was read.
   *
   * @param name as it was given
   * @param bytes its length, uncompressed
   * @param chunks number of its chunks
   * @param unfinishedChunks those that their JVM did not close
   * @param lostBytes bytes that could not be decoded
   */
  public record SourceFile(
      String name, long bytes, int chunks, int unfinishedChunks, long lostBytes) {}

  /** Copies the lists. */
  public Analysis {
    files = List.copyOf(files);
    jvms = List.copyOf(jvms);
    losses = List.copyOf(losses);
  }

  /** Whether all that there was has been looked at: nothing damaged, not ended early. */
  public boolean isWhole() {
    return lossCount == 0 && !interrupted;
  }
}
