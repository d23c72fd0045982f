package org.xivebench.replay.explore;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints a schedule: a column for each actor, a line for each step. */
public final class SwimLane {
  private static final int MOST_LINES = 60;
  private static final int COLUMN = 34;

  private SwimLane() {}

  /** Prints the end of a failed schedule. */
  public static void print(Failure failure, PrintStream out) {
    List<ScheduleStep> steps = failure.steps();
    int from = Math.max(0, steps.size() - MOST_LINES);
    StringBuilder head = new StringBuilder("     ");
    for (String actor : failure.actors()) {
      head.append(String.format(Locale.ROOT, "%-" + COLUMN + "s", actor));
    }
    out.println(head.toString().stripTrailing());
    if (from > 0) {
      out.println("     … " + from + " steps before");
    }
    for (int at = from; at < steps.size(); at++) {
      ScheduleStep step = steps.get(at);
      String text = step.kind().name().toLowerCase(Locale.ROOT) + " " + step.subject();
      if (text.length() > COLUMN - 2) {
        text = text.substring(0, COLUMN - 3) + "…";
      }
      out.printf(Locale.ROOT, "%4d %s%s%n", at + 1, " ".repeat(COLUMN * step.actor()), text);
    }
  }
}
