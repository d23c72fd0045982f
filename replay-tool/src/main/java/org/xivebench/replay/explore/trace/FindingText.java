package org.xivebench.replay.explore.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.xivebench.replay.explore.scenario.Path;

/** What people read of what went wrong in a schedule. */
public final class FindingText {
  private FindingText() {}

  /** Returns it line by line; the first one is the report. */
  public static List<String> lines(ScheduleTrace trace) {
    ScheduleTrace.Finding finding = trace.finding().orElseThrow();
    List<String> lines = new ArrayList<>();
    lines.add(finding.message());
    finding.freed().ifPresent(freed -> lines.addAll(lifeLines(finding, freed)));
    for (ScheduleTrace.Wait wait : finding.waits()) {
      lines.add("  " + waitLine(trace, wait));
    }
    if (!finding.cycle().isEmpty()) {
      lines.add("  deadlock: " + ring(trace, finding));
    }
    if (finding.freed().isEmpty() && finding.step().isPresent()) {
      lines.add(
          "  reported in step " + finding.step().getAsInt() + ", of " + finding.by() + on(finding));
    } else if (finding.step().isEmpty() && finding.waits().isEmpty()) {
      lines.add("  seen after the last step");
    }
    return lines;
  }

  private static List<String> lifeLines(ScheduleTrace.Finding finding, ScheduleTrace.Freed freed) {
    boolean again = finding.kind() == ScheduleTrace.Kind.DOUBLE_FREE;
    return List.of(
        "  freed by "
            + freed.by()
            + (freed.step().isPresent()
                ? " at step " + freed.step().getAsInt()
                : " outside of the schedule")
            + (freed.reason().isEmpty() ? "" : ": " + freed.reason()),
        (again ? "  freed again by " : "  used by ")
            + finding.by()
            + (finding.step().isPresent()
                ? " at step " + finding.step().getAsInt()
                : " after the last step")
            + on(finding));
  }

  private static String on(ScheduleTrace.Finding finding) {
    return finding.path().map(FindingText::pathText).orElse("");
  }

  private static String pathText(Path path) {
    return ", on path " + path + " (" + path.description() + ")";
  }

  private static String waitLine(ScheduleTrace trace, ScheduleTrace.Wait wait) {
    String text = trace.nameOf(wait.actor()) + " waits for " + wait.object();
    if (wait.holder().isEmpty()) {
      return text;
    }
    text += ", which " + trace.nameOf(wait.holder().getAsInt()) + " has held";
    return wait.since().isPresent() ? text + " since step " + wait.since().getAsInt() : text;
  }

  private static String ring(ScheduleTrace trace, ScheduleTrace.Finding finding) {
    List<Integer> cycle = finding.cycle();
    return cycle.stream()
            .map(
                actor ->
                    trace.nameOf(actor)
                        + " -> "
                        + finding.waits().stream()
                            .filter(wait -> wait.actor() == actor)
                            .map(ScheduleTrace.Wait::object)
                            .collect(Collectors.joining()))
            .collect(Collectors.joining(" -> "))
        + " -> "
        + trace.nameOf(cycle.get(0));
  }
}
