package org.xivebench.replay.cli;

import java.io.PrintStream;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.trace.ScheduleTrace;
import org.xivebench.replay.explore.trace.SwimLane;
import picocli.CommandLine.Option;

/** How a schedule is printed. */
final class LaneOptions {
  private static final int DEFAULT_STEPS = 60;
  private static final int MOST_WIDTH = 10_000;
  private static final String ALL = "all";

  @Option(
      names = "--steps",
      paramLabel = "N|all",
      description =
          "How many steps of a schedule are printed, the last ones. Default: "
              + DEFAULT_STEPS
              + ".")
  private String steps = String.valueOf(DEFAULT_STEPS);

  @Option(
      names = "--width",
      paramLabel = "N",
      description =
          "Characters of a line of a schedule; default: as wide as the terminal, or "
              + SwimLane.DEFAULT_WIDTH
              + ".")
  private Integer width;

  /** Checks both. */
  void check() {
    int unusedSteps = mostSteps();
    if (width != null && (width < SwimLane.LEAST_WIDTH || width > MOST_WIDTH)) {
      throw new UsageException(
          "--width " + width + ": must be from " + SwimLane.LEAST_WIDTH + " to " + MOST_WIDTH);
    }
  }

  private int mostSteps() {
    if (steps.equals(ALL)) {
      return SwimLane.ALL_STEPS;
    }
    if (!steps.matches("[1-9][0-9]{0,8}")) {
      throw new UsageException("--steps takes a number, 1 or more, or all, not '" + steps + "'");
    }
    return Integer.parseInt(steps);
  }

  /**
   * Prints a schedule.
   *
   * @param color whether escapes of terminals may be used
   */
  void print(ScheduleTrace trace, boolean color, PrintStream out) {
    int columns =
        width != null
            ? width
            : Integer.getInteger("xivebench.terminal.columns", SwimLane.DEFAULT_WIDTH);
    SwimLane.print(trace, columns, mostSteps(), color, out);
  }
}
