package org.xivebench.replay.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.xivebench.replay.engine.Effort;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.SwapFigures;

/** The report of a concurrent replay. */
public final class ReplayReport {
  /** Lines of one kind that are printed; JSON has them all. */
  private static final int SHOWN_LINES = 20;

  private final String trace;
  private final ReplayResult result;

  /**
   * @param trace name of the trace
   */
  public ReplayReport(String trace, ReplayResult result) {
    this.trace = trace;
    this.result = result;
  }

  // ---- for people

  /** Prints the table, and below it what was found. */
  public void print(PrintStream out, boolean color) {
    ReportTable table = new ReportTable(out, color);
    out.println("replay of " + trace + ", concurrent, started on " + result.startedOn() + ended());
    table.row("events read", result.events());
    table.row("operations replayed", result.operations());
    table.row("interrupts triggered", result.triggered());
    table.row("  delivered", result.delivered());
    table.row("  coalesced", result.coalesced());
    table.row("  dropped", result.dropped());
    table.row("  pending", result.pending());
    table.verdict("  lost", result.lost());
    table.verdict("  invented", result.invented());
    SwapFigures swaps = result.swaps();
    table.row("swaps", swaps.count());
    if (swaps.count() > 0) {
      times(table, "  pause p50 / p99 / max", swaps.pause());
      swaps.steps().forEach((step, times) -> times(table, "    " + step.label(), times));
      table.row("  interrupts held", swaps.heldInterrupts());
    }
    table.verdict("use-after-free reports", result.useAfterFree().size());
    if (result.lockOrder() == null) {
      table.text("lock-order reports", "not checked (--lockdep checks)");
    } else {
      table.verdict("lock-order reports", result.lockOrder().size());
    }
    table.verdict("stuck reports", result.stuck().size());
    table.text(
        "wall time",
        String.format(
            Locale.ROOT,
            "%.2f s, %,.0f events/s",
            result.wallNanos() / 1e9,
            result.eventsPerSecond()));
    lines(out, result.problems());
    lines(out, result.stuck());
    lines(out, result.useAfterFree());
    if (result.lockOrder() != null) {
      lines(out, result.lockOrder());
    }
  }

  private String ended() {
    return result.interrupted() ? ", ended early by the user" : "";
  }

  private static void times(ReportTable table, String name, Histogram nanos) {
    table.text(
        name,
        millis(nanos.getValueAtPercentile(50))
            + " / "
            + millis(nanos.getValueAtPercentile(99))
            + " / "
            + millis(nanos.getMaxValue())
            + " ms");
  }

  private static void lines(PrintStream out, List<String> lines) {
    lines.stream().limit(SHOWN_LINES).forEach(line -> out.println("! " + line));
    if (lines.size() > SHOWN_LINES) {
      out.println("! and " + (lines.size() - SHOWN_LINES) + " more");
    }
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }

  // ---- for programs

  /** Returns the same as JSON; docs/replay.md has the fields. */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("trace", trace)
        .put("mode", "concurrent")
        .put("backend", result.startedOn())
        .put("cycles", result.cycles())
        .put("interrupted", result.interrupted())
        .put("events", result.events())
        .put("operations", result.operations())
        .put("triggered", result.triggered())
        .put("delivered", result.delivered())
        .put("coalesced", result.coalesced())
        .put("dropped", result.dropped())
        .put("pending", result.pending())
        .put("lost", result.lost())
        .put("invented", result.invented())
        .put("spuriousIpis", result.spuriousIpis())
        .put("spuriousLsis", result.spuriousLsis())
        .put("swaps", result.swaps().count())
        .put("heldInterrupts", result.swaps().heldInterrupts());
    if (result.swaps().count() > 0) {
      addSwaps(root, result.swaps());
    }
    addEffort(root.putObject("effort"), result.effort());
    array(root, "useAfterFree", result.useAfterFree());
    if (result.lockOrder() == null) {
      root.put("lockOrder", "not checked");
    } else {
      array(root, "lockOrder", result.lockOrder());
    }
    array(root, "stuck", result.stuck());
    array(root, "problems", result.problems());
    return root.put("wallNanos", result.wallNanos())
        .put("eventsPerSecond", result.eventsPerSecond());
  }

  private static void addSwaps(ObjectNode root, SwapFigures swaps) {
    times(root.putObject("pauseNanos"), swaps.pause());
    ObjectNode steps = root.putObject("swapStepNanos");
    swaps
        .steps()
        .forEach((step, nanos) -> times(steps.putObject(step.label().replace(' ', '-')), nanos));
    ObjectNode release = root.putObject("releaseStepNanos");
    swaps
        .releaseSteps()
        .forEach((step, nanos) -> times(release.putObject(step.optionName()), nanos));
  }

  private static void times(ObjectNode node, Histogram nanos) {
    node.put("p50", nanos.getValueAtPercentile(50))
        .put("p99", nanos.getValueAtPercentile(99))
        .put("max", nanos.getMaxValue());
  }

  private static void addEffort(ObjectNode node, Effort effort) {
    node.put("hypercalls", effort.hypercalls())
        .put("exits", effort.exits())
        .put("esbAccesses", effort.esbAccesses())
        .put("timaAccesses", effort.timaAccesses())
        .put("queueEntries", effort.queueEntries())
        .put("retriggers", effort.retriggers());
    ObjectNode servers = node.putObject("deliveredByServer");
    effort
        .deliveredByServer()
        .forEach(share -> servers.put(Integer.toString(share.server()), share.delivered()));
  }

  private static void array(ObjectNode root, String name, List<String> lines) {
    ArrayNode array = root.putArray(name);
    lines.forEach(array::add);
  }
}
