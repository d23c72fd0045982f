package org.xivebench.replay.explore.trace;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Prints a schedule: a line for each step, a column for each actor, and at the right the locks that
 * the actor holds at it. The steps that what went wrong is about have a mark, and are shown however
 * early they are. Columns are as wide as what is in them; where that is more than there is room
 * for, the widest give way, and what is too long ends in an ellipsis. Where there are too many
 * actors for columns, each line names its actor instead.
 *
 * <pre>
 *   step  releaser                  one-reg                locks held
 *      …  98 steps; --steps all shows them
 * >   99  free xc of vcpu0                                 kvm->lock
 *    100                            read vcpu0
 * >  101                            use xc of vcpu0
 * </pre>
 */
public final class SwimLane {
  /** As many steps as there are. */
  public static final int ALL_STEPS = Integer.MAX_VALUE;

  /** A line on which nothing has to be cut off, nearly always. */
  public static final int DEFAULT_WIDTH = 120;

  /** The narrowest line on which anything can be read. */
  public static final int LEAST_WIDTH = 40;

  private static final String BOLD = "\u001b[1m";
  private static final String PLAIN = "\u001b[0m";

  private static final int NUMBER_WIDTH = 6;
  private static final int GAP = 2;
  private static final int LEAST_COLUMN = 14;
  private static final String LOCKS_HEAD = "locks held";

  private final ScheduleTrace trace;
  private final Set<Integer> marked;
  private final List<TracedStep> shown;
  private final boolean stacked;
  private final int[] widths;

  private SwimLane(ScheduleTrace trace, int width, int mostSteps) {
    this.trace = trace;
    this.marked = markedIn(trace);
    int from = Math.max(0, trace.steps().size() - mostSteps);
    this.shown =
        trace.steps().stream()
            .filter(step -> step.number() > from || marked.contains(step.number()))
            .toList();
    int room = Math.max(width, LEAST_WIDTH) - NUMBER_WIDTH;
    int columns = trace.actors().size() + 1;
    this.stacked = columns * (LEAST_COLUMN + GAP) > room && trace.actors().size() > 1;
    int[] wanted = stacked ? stackedWidths() : laneWidths();
    this.widths = fitted(wanted, room - GAP * wanted.length);
  }

  /**
   * Prints the end of a schedule.
   *
   * @param width columns of characters that a line may have
   * @param mostSteps how many steps are shown, the last ones
   * @param bold whether the marked steps are printed in bold, as terminals do
   */
  public static void print(
      ScheduleTrace trace, int width, int mostSteps, boolean bold, PrintStream out) {
    new SwimLane(trace, width, mostSteps).print(bold, out);
  }

  private static Set<Integer> markedIn(ScheduleTrace trace) {
    Set<Integer> numbers = new HashSet<>();
    trace
        .finding()
        .ifPresent(
            finding -> {
              finding.step().ifPresent(numbers::add);
              finding.freed().ifPresent(freed -> freed.step().ifPresent(numbers::add));
              finding.waits().forEach(wait -> wait.since().ifPresent(numbers::add));
            });
    return numbers;
  }

  private int[] laneWidths() {
    int actors = trace.actors().size();
    int[] wanted = new int[actors + 1];
    for (int at = 0; at < actors; at++) {
      wanted[at] = trace.nameOf(at).length();
    }
    for (TracedStep step : shown) {
      wanted[step.actor()] = Math.max(wanted[step.actor()], step.text().length());
      wanted[actors] = Math.max(wanted[actors], locksOf(step).length());
    }
    wanted[actors] = Math.max(wanted[actors], LOCKS_HEAD.length());
    return wanted;
  }

  private int[] stackedWidths() {
    int[] wanted = {0, 0, LOCKS_HEAD.length()};
    for (TracedStep step : shown) {
      wanted[0] = Math.max(wanted[0], trace.nameOf(step.actor()).length());
      wanted[1] = Math.max(wanted[1], step.text().length());
      wanted[2] = Math.max(wanted[2], locksOf(step).length());
    }
    return wanted;
  }

  /** Takes from the widest columns until all fit. */
  private static int[] fitted(int[] wanted, int room) {
    int cap = Arrays.stream(wanted).max().orElse(0);
    while (cap > 1 && sumBelow(wanted, cap) > room) {
      cap--;
    }
    int most = cap;
    return Arrays.stream(wanted).map(each -> Math.min(each, most)).toArray();
  }

  private static int sumBelow(int[] wanted, int cap) {
    return Arrays.stream(wanted).map(each -> Math.min(each, cap)).sum();
  }

  private void print(boolean bold, PrintStream out) {
    List<String> head = new ArrayList<>();
    if (stacked) {
      head.addAll(List.of("actor", "step"));
    } else {
      head.addAll(trace.actors());
    }
    head.add(LOCKS_HEAD);
    out.println(line("  step", head));
    int last = 0;
    boolean told = false;
    for (TracedStep step : shown) {
      int left = step.number() - 1 - last;
      if (left > 0) {
        out.println(
            "     …  "
                + left
                + (left == 1 ? " step" : " steps")
                + (told ? "" : "; --steps all shows them"));
        told = true;
      }
      last = step.number();
      boolean isMarked = marked.contains(last);
      String line =
          line(String.format(Locale.ROOT, "%s%5d", isMarked ? ">" : " ", last), cellsOf(step));
      out.println(isMarked && bold ? BOLD + line + PLAIN : line);
    }
  }

  private List<String> cellsOf(TracedStep step) {
    if (stacked) {
      return List.of(trace.nameOf(step.actor()), step.text(), locksOf(step));
    }
    List<String> cells = new ArrayList<>();
    for (int at = 0; at < trace.actors().size(); at++) {
      cells.add(at == step.actor() ? step.text() : "");
    }
    cells.add(locksOf(step));
    return cells;
  }

  private static String locksOf(TracedStep step) {
    return String.join(", ", step.locks());
  }

  private String line(String number, List<String> cells) {
    StringBuilder line = new StringBuilder(number);
    for (int at = 0; at < cells.size(); at++) {
      String cell = cells.get(at);
      if (cell.length() > widths[at]) {
        cell = cell.substring(0, Math.max(0, widths[at] - 1)) + "…";
      }
      line.append(" ".repeat(GAP)).append(cell).append(" ".repeat(widths[at] - cell.length()));
    }
    return line.toString().stripTrailing();
  }
}
