package org.xivebench.replay.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.xivebench.replay.engine.Effort;
import org.xivebench.replay.engine.ReplayResult;

/** One trace replayed on several backends, side by side: a column for each run. */
public final class ComparisonReport {
  /** How many findings of a run are printed; JSON has them all. */
  private static final int SHOWN_FINDINGS = 5;

  private final String trace;
  private final List<Run> runs;

  /**
   * A run.
   *
   * @param name of the backend, or what the run did
   */
  public record Run(String name, ReplayResult result) {}

  /**
   * @param trace name of the trace
   */
  public ComparisonReport(String trace, List<Run> runs) {
    this.trace = trace;
    this.runs = List.copyOf(runs);
  }

  /** Prints the table, and below it what was found. */
  public void print(PrintStream out) {
    out.println("replay of " + trace + ", compared");
    line(out, "", Run::name);
    row(out, "operations replayed", ReplayResult::operations);
    row(out, "interrupts triggered", ReplayResult::triggered);
    row(out, "  coalesced", ReplayResult::coalesced);
    row(out, "  dropped", ReplayResult::dropped);
    row(out, "  pending", ReplayResult::pending);
    row(out, "  lost", ReplayResult::lost);
    row(out, "  invented", ReplayResult::invented);
    row(out, "  delivered", ReplayResult::delivered);
    int servers = runs.isEmpty() ? 0 : runs.get(0).result().effort().deliveredByServer().size();
    for (int i = 0; i < servers; i++) {
      int index = i;
      int server = runs.get(0).result().effort().deliveredByServer().get(i).server();
      row(
          out,
          "    on server " + server,
          result -> result.effort().deliveredByServer().get(index).delivered());
    }
    effort(out, "hypercalls", Effort::hypercalls);
    effort(out, "guest exits", Effort::exits);
    effort(out, "ESB accesses", Effort::esbAccesses);
    effort(out, "TIMA accesses", Effort::timaAccesses);
    effort(out, "queue entries", Effort::queueEntries);
    effort(out, "re-triggers", Effort::retriggers);
    row(out, "swaps", result -> result.swaps().count());
    line(out, "  pause p50, ms", run -> pause(run.result()));
    row(out, "reports", ComparisonReport::reports);
    line(
        out,
        "wall time, s",
        run -> String.format(Locale.ROOT, "%.2f", run.result().wallNanos() / 1e9));
    for (Run run : runs) {
      findings(run.result())
          .limit(SHOWN_FINDINGS)
          .forEach(finding -> out.println("! " + run.name() + ": " + finding));
    }
  }

  private static String pause(ReplayResult result) {
    return result.swaps().count() == 0
        ? "-"
        : String.format(Locale.ROOT, "%.3f", result.swaps().pause().getValueAtPercentile(50) / 1e6);
  }

  private static Stream<String> findings(ReplayResult result) {
    List<String> all = new ArrayList<>(result.problems());
    all.addAll(result.stuck());
    all.addAll(result.useAfterFree());
    if (result.lockOrder() != null) {
      all.addAll(result.lockOrder());
    }
    return all.stream();
  }

  private static long reports(ReplayResult result) {
    return findings(result).count();
  }

  private void effort(PrintStream out, String name, ToLongFunction<Effort> value) {
    row(out, name, result -> value.applyAsLong(result.effort()));
  }

  private void row(PrintStream out, String name, ToLongFunction<ReplayResult> value) {
    line(out, name, run -> String.format(Locale.ROOT, "%,d", value.applyAsLong(run.result())));
  }

  private void line(PrintStream out, String name, Function<Run, String> value) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-22s", name));
    runs.forEach(run -> line.append(String.format(Locale.ROOT, " %16s", value.apply(run))));
    out.println(line);
  }

  /** Returns the same as JSON: of each run what {@link ReplayReport#toJson} says, and its name. */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("trace", trace).put("mode", "compare");
    ArrayNode array = root.putArray("runs");
    for (Run run : runs) {
      ObjectNode node = array.addObject().put("name", run.name());
      node.setAll(new ReplayReport(trace, run.result()).toJson());
    }
    return root;
  }
}
