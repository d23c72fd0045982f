package org.xivebench.replay.ordered;

/** What came out of one operation. Used again for the next one. */
final class Outcome {
  /** Registers that a hypercall can return, from R4 on. */
  static final int OUTPUTS = 5;

  final Effects effects = new Effects();

  /** vCPUs whose external interrupt input has changed. */
  final InputSet changedInputs;

  /** What a load gave. */
  long value;

  /** What a call returned in R3. */
  long status;

  /** R4 and up after a call. */
  final long[] outputs = new long[OUTPUTS];

  /** Why the operation was left out, or null if it was done. */
  Gap leftOut;

  /** Events that were put in a queue. */
  int queueEntries;

  Outcome(int vcpuCount) {
    this.changedInputs = new InputSet(vcpuCount);
  }

  void clear() {
    effects.clear();
    changedInputs.clear();
    value = 0;
    status = 0;
    leftOut = null;
    queueEntries = 0;
  }
}
