package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
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
  private final PrintStream out;

  ExploreHistory(CommandContext context, PrintStream out) {
    this.context = context;
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
                        "no case '" + name + "'; xivebench explore --history list shows them")));
  }

  /** Runs cases and prints what they gave. Returns the exit code. */
  int run(List<HistoryCase> cases, HistoryRun run, JsonOutput json)
      throws IOException, InterruptedException {
    List<HistoryRun.Result> results = new ArrayList<>();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode array = root.putArray("history");
    boolean cut = false;
    for (HistoryCase each : cases) {
      if (context.cancellation().isRequested()) {
        cut = true;
        break;
      }
      HistoryText.head(each, out);
      for (HistoryRun.Result result : run.run(each)) {
        HistoryText.result(result, cases.size() == 1, out);
        array.add(toJson(each, result));
        results.add(result);
      }
      out.println();
    }
    if (!cases.isEmpty()) {
      HistoryText.summary(results, out);
    }
    json.write(() -> root);
    if (cut) {
      return ExitCode.PARTIAL;
    }
    return results.stream().allMatch(HistoryRun.Result::isAsTold) ? ExitCode.OK : ExitCode.FOUND;
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
    node.set("before", toJson(result.before()).put("options", each.beforeOptions()));
    node.set("after", toJson(result.after()).put("options", each.afterOptions()));
    return node;
  }

  private static ObjectNode toJson(SymptomSearch.Result search) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("seen", search.found().isPresent())
        .put("schedules", search.schedules())
        .put("complete", search.complete())
        .put("others", search.others())
        .put("durationNanos", search.nanos())
        .put("report", search.found().map(failure -> failure.what().toString()).orElse(null));
  }
}
