package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.trace.FindingText;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.replay.explore.trace.ScheduleTrace;

/** What {@code explore} tells of its searches and replays, to people and as JSON. */
final class ExploreReport {
  private final PrintStream out;
  private final LaneOptions lanes;
  private final boolean color;

  /**
   * @param lanes how schedules are printed
   * @param color whether escapes of terminals may be used
   */
  ExploreReport(PrintStream out, LaneOptions lanes, boolean color) {
    this.out = out;
    this.lanes = lanes;
    this.color = color;
  }

  /** Prints what the search of a scenario gave. */
  void print(ScenarioSearch.Result result) {
    Explorer.Outcome outcome = result.outcome();
    out.printf(
        Locale.ROOT,
        "%-14s %-18s %9d schedules  %s%n",
        result.target().type().name(),
        result.target().scenario().name(),
        outcome.schedules(),
        result.isFailed() ? "FAILED" : completeness(outcome.complete()));
    result.found().ifPresent(this::print);
  }

  private void print(ScenarioSearch.Found found) {
    if (found.isReproduced()) {
      printFailed(found.trace(), found.token());
      return;
    }
    out.println();
    lanes.print(found.trace(), color, out);
    out.println();
    out.println(found.message());
    out.println("  run again by itself the schedule does not show it: it takes an earlier one too");
    printToken(found.token());
  }

  /** Prints a schedule that failed. */
  void printFailed(ScheduleTrace trace, ScheduleToken token) {
    out.println();
    lanes.print(trace, color, out);
    out.println();
    FindingText.lines(trace).forEach(out::println);
    printToken(token);
  }

  private void printToken(ScheduleToken token) {
    out.println("  again: xivebench explore --replay " + token);
    out.println();
  }

  /** Prints the last line of a search. */
  void summarise(List<ScenarioSearch.Result> results, int wanted, boolean interrupted) {
    long total = results.stream().mapToLong(result -> result.outcome().schedules()).sum();
    long nanos = results.stream().mapToLong(result -> result.outcome().nanos()).sum();
    boolean complete =
        results.size() == wanted
            && results.stream().allMatch(result -> result.outcome().complete());
    out.printf(
        Locale.ROOT,
        "%d %s (%d distinct, %d cut short), %s, %d failed, %.0f schedules/s%n",
        total,
        total == 1 ? "schedule" : "schedules",
        results.stream().mapToLong(result -> result.outcome().distinct()).sum(),
        results.stream().mapToLong(result -> result.outcome().cut()).sum(),
        interrupted ? "interrupted, not complete" : completeness(complete),
        results.stream().filter(ScenarioSearch.Result::isFailed).count(),
        perSecond(total, nanos));
  }

  private static String completeness(boolean complete) {
    return complete ? "complete" : "not complete";
  }

  private static double perSecond(long count, long nanos) {
    return nanos == 0 ? 0 : count * 1e9 / nanos;
  }

  /** Prints what running a token again gave. */
  void print(ScheduleReplay.Result result) {
    ScheduleTrace trace = result.trace();
    if (result.isFailed()) {
      printFailed(trace, result.token());
    } else {
      out.println();
      lanes.print(trace, color, out);
      out.println();
      out.println(
          trace.ranOut()
              ? "nothing failed in the steps of the token; what follows it does not choose"
              : "nothing failed");
      out.println();
    }
    out.printf(
        Locale.ROOT,
        "1 schedule of %d steps run again, %d failed, %.0f schedules/s%n",
        trace.steps().size(),
        result.isFailed() ? 1 : 0,
        perSecond(1, result.nanos()));
  }

  // ---- as JSON

  static ObjectNode toJson(List<ScenarioSearch.Result> results, boolean interrupted) {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("interrupted", interrupted);
    ArrayNode array = root.putArray("scenarios");
    for (ScenarioSearch.Result result : results) {
      Explorer.Outcome outcome = result.outcome();
      ObjectNode node =
          array
              .addObject()
              .put("backend", result.target().type().name())
              .put("scenario", result.target().scenario().name());
      putPaths(result.target().scenario().paths(), node);
      node.put("schedules", outcome.schedules())
          .put("distinct", outcome.distinct())
          .put("cut", outcome.cut())
          .put("complete", outcome.complete())
          .put("durationNanos", outcome.nanos());
      result.found().ifPresent(found -> node.set("failure", toJson(found)));
    }
    return root;
  }

  private static ObjectNode toJson(ScenarioSearch.Found found) {
    ObjectNode node = ScheduleJson.of(found.trace(), found.token());
    return found.isReproduced()
        ? node
        : node.put("report", found.message()).put("kind", "elsewhere");
  }

  static ObjectNode toJson(ScheduleReplay.Result result) {
    ObjectNode root =
        JsonNodeFactory.instance
            .objectNode()
            .put("backend", result.token().backend())
            .put("scenario", result.token().scenario())
            .put("failed", result.isFailed())
            .put("durationNanos", result.nanos());
    root.set("schedule", ScheduleJson.of(result.trace(), result.token()));
    return root;
  }

  static void putPaths(Iterable<Path> paths, ObjectNode node) {
    ArrayNode names = node.putArray("paths");
    paths.forEach(path -> names.add(path.name()));
  }
}
