package org.xivebench.replay.launcher;

import java.io.PrintStream;
import org.osgi.annotation.versioning.ConsumerType;

/** What a bundle registers to be given the command line. The launcher uses the best-ranked one. */
@ConsumerType
public interface CommandLineService {
  /**
   * Runs one command to its end.
   *
   * @param args the command line without the program's name
   * @param out where the results go
   * @param err where messages and progress go
   * @return the exit code of the process
   */
  int run(String[] args, PrintStream out, PrintStream err);

  /**
   * Asks the command that runs to end early, with what it has so far. Comes from another thread
   * when the user interrupts the program; returns without waiting. Does nothing when no command
   * runs.
   */
  void cancel();
}
