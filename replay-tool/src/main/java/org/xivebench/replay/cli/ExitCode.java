package org.xivebench.replay.cli;

/** The exit codes of the program, the same for all commands. */
final class ExitCode {
  /** Done, and nothing was found. */
  static final int OK = 0;

  /**
   * Done, and a check failed or something was found: a divergence, a loss, a report, a mismatch.
   */
  static final int FOUND = 1;

  /** Wrong usage: nothing was done. */
  static final int USAGE = 2;

  /** An input cannot be read or is damaged. */
  static final int INPUT = 3;

  /** Ended early with a partial result: salvaged input, or interrupted by the user. */
  static final int PARTIAL = 4;

  /** A defect of the program or its surroundings: EX_SOFTWARE of sysexits.h. */
  static final int SOFTWARE = 70;

  private ExitCode() {}
}
