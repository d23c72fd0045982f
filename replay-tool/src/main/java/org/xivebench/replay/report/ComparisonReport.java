package org.xivebench.replay.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.xivebench.replay.engine.Effort;
import org.xivebench.replay.engine.ReplayResult;

/** One trace replayed on several backends, side by side: a column for each run. */
public final class ComparisonReport {
  /** How many findings of a run are printed; JSON has them all. */
  private static final int SHOWN_FINDINGS = 5;

  /** Fewest characters of a run's column, and those of the row names. */
  private static final int COLUMN = 16;

  private static final int NAMES = 22;

  private static final Map<String, ToLongFunction<Effort>> EFFORTS = efforts();

  private final String trace;
  private final List<Run> runs;
  private final int column;

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
    this.column = runs.stream().mapToInt(run -> run.name().length()).reduce(COLUMN, Math::max);
  }

  private static Map<String, ToLongFunction<Effort>> efforts() {
    Map<String, ToLongFunction<Effort>> efforts = new LinkedHashMap<>();
    efforts.put("hypercalls", Effort::hypercalls);
    efforts.put("guest exits", Effort::exits);
    efforts.put("ESB accesses", Effort::esbAccesses);
    efforts.put("TIMA accesses", Effort::timaAccesses);
    efforts.put("queue entries", Effort::queueEntries);
    efforts.put("re-triggers", Effort::retriggers);
    return efforts;
  }

  /** Returns whether no run has found anything wrong. */
  public boolean isClean() {
    return runs.stream().allMatch(run -> run.result().isClean());
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
    EFFORTS.forEach((name, value) -> row(out, name, result -> value.applyAsLong(result.effort())));
    row(out, "swaps", result -> result.swaps().count());
    line(out, "  pause p50, ms", run -> pause(run.result()));
    row(out, "reports", ComparisonReport::reports);
    line(
        out,
        "wall time, s",
        run -> String.format(Locale.ROOT, "%.2f", run.result().wallNanos() / 1e9));
    if (runs.size() > 1) {
      difference(out, runs.get(0), runs.get(1));
    }
    for (Run run : runs) {
      findings(run.result())
          .limit(SHOWN_FINDINGS)
          .forEach(finding -> out.println("! " + run.name() + ": " + finding));
    }
  }

  /** A line that says what one backend costs in terms of another. */
  private static void difference(PrintStream out, Run one, Run other) {
    List<String> ratios = new ArrayList<>();
    EFFORTS.forEach(
        (name, value) ->
            ratios.add(
                name
                    + " "
                    + ratio(
                        value.applyAsLong(one.result().effort()),
                        value.applyAsLong(other.result().effort()))));
    out.printf("  %s to %s: %s%n", one.name(), other.name(), String.join(", ", ratios));
  }

  private static String ratio(long one, long other) {
    if (one == 0 || other == 0) {
      return one == other ? "none" : one + ":" + other;
    }
    return String.format(Locale.ROOT, "%.2f x", (double) one / other);
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

  private void row(PrintStream out, String name, ToLongFunction<ReplayResult> value) {
    line(out, name, run -> String.format(Locale.ROOT, "%,d", value.applyAsLong(run.result())));
  }

  private void line(PrintStream out, String name, Function<Run, String> value) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-" + NAMES + "s", name));
    runs.forEach(
        run -> line.append(String.format(Locale.ROOT, " %" + column + "s", value.apply(run))));
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
