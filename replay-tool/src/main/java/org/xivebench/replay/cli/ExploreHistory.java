package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.SymptomSearch;
import org.xivebench.replay.explore.history.HistoryCase;
import org.xivebench.replay.explore.history.HistoryRun;
import org.xivebench.replay.explore.history.HistoryText;
import org.xivebench.replay.explore.history.Museum;

/** {@code explore --history}: the defects that Linux had, before and after they were mended. */
final class ExploreHistory {
  private static final String ALL = "all";
  private static final String LIST = "list";

  private final CommandContext context;
  private final ReportOptions report;
  private final LaneOptions lanes;
  private final PrintStream out;

  /**
   * @param lanes how schedules are printed
   */
  ExploreHistory(CommandContext context, ReportOptions report, LaneOptions lanes, PrintStream out) {
    this.context = context;
    this.report = report;
    this.lanes = lanes;
    this.out = out;
  }

  /** Returns the cases that a name means: none for {@code list}, which has been printed then. */
  List<HistoryCase> chosen(String name) {
    if (name.equals(LIST)) {
      HistoryText.list(out);
      return List.of();
    }
    if (name.equals(ALL)) {
      return Museum.all();
    }
    return List.of(
        Museum.named(name)
            .orElseThrow(
                () ->
                    new UsageException(
                        "no case '"
                            + name
                            + "'"
                            + NearestNames.question(name, caseNames())
                            + "; xivebench explore --history list shows them")));
  }

  private static List<String> caseNames() {
    return Museum.all().stream().map(HistoryCase::name).toList();
  }

  /** Runs cases and prints what they gave. Returns the exit code. */
  int run(List<HistoryCase> cases, HistoryRun run, JsonOutput json)
      throws IOException, InterruptedException {
    List<HistoryRun.Result> results = new ArrayList<>();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode array = root.putArray("history");
    run.stoppingWhen(context.cancellation()::isRequested);
    for (HistoryCase each : cases) {
      if (context.cancellation().isRequested()) {
        break;
      }
      HistoryText.head(each, out);
      for (HistoryRun.Result result : run(each, run)) {
        HistoryText.result(result, out);
        if (cases.size() == 1 && result.shown().isPresent()) {
          print(result.shown().get());
        }
        array.add(toJson(each, result));
        results.add(result);
      }
      out.println();
    }
    boolean interrupted = context.cancellation().isRequested();
    if (!cases.isEmpty()) {
      HistoryText.summary(results, interrupted, out);
    }
    json.write(() -> root.put("interrupted", interrupted));
    if (interrupted) {
      return ExitCode.PARTIAL;
    }
    return results.stream().allMatch(HistoryRun.Result::isAsTold) ? ExitCode.OK : ExitCode.FOUND;
  }

  private List<HistoryRun.Result> run(HistoryCase each, HistoryRun run)
      throws InterruptedException {
    try (ProgressBar bar = report.progress(context, each.name(), "schedules")) {
      return run.telling(bar).run(each);
    }
  }

  private void print(HistoryRun.Shown shown) {
    out.println();
    lanes.print(shown.trace(), report.color(context), out);
    out.println();
    HistoryText.symptomLines(shown).forEach(out::println);
    out.println("  again: xivebench explore --replay " + shown.token());
    out.println();
  }

  private static ObjectNode toJson(HistoryCase each, HistoryRun.Result result) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("case", each.name())
            .put("commit", each.commit().orElse(null))
            .put("backend", result.backend())
            .put("scenario", result.scenario())
            .put("symptom", result.symptom())
            .put("asTold", result.isAsTold());
    node.set(
        "before", toJson(result.before(), result.shown()).put("options", each.beforeOptions()));
    node.set(
        "after", toJson(result.after(), result.stillShown()).put("options", each.afterOptions()));
    return node;
  }

  private static ObjectNode toJson(SymptomSearch.Result search, Optional<HistoryRun.Shown> shown) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("seen", search.found().isPresent())
            .put("schedules", search.schedules())
            .put("complete", search.complete())
            .put("others", search.others())
            .put("durationNanos", search.nanos());
    shown.ifPresent(seen -> node.set("failure", ScheduleJson.of(seen.trace(), seen.token())));
    return node;
  }
}
