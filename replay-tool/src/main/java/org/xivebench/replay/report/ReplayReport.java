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
  private static final String RED = "\u001b[31m";
  private static final String GREEN = "\u001b[32m";
  private static final String PLAIN = "\u001b[0m";

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
    out.println("replay of " + trace + ", concurrent, started on " + result.startedOn() + ended());
    row(out, "events read", result.events());
    row(out, "operations replayed", result.operations());
    row(out, "interrupts triggered", result.triggered());
    row(out, "  delivered", result.delivered());
    row(out, "  coalesced", result.coalesced());
    row(out, "  dropped", result.dropped());
    row(out, "  pending", result.pending());
    verdict(out, "  lost", result.lost(), color);
    verdict(out, "  invented", result.invented(), color);
    SwapFigures swaps = result.swaps();
    row(out, "swaps", swaps.count());
    if (swaps.count() > 0) {
      times(out, "  pause p50 / p99 / max", swaps.pause());
      swaps.steps().forEach((step, times) -> times(out, "    " + step.label(), times));
      row(out, "  interrupts held", swaps.heldInterrupts());
    }
    verdict(out, "use-after-free reports", result.useAfterFree().size(), color);
    if (result.lockOrder() == null) {
      text(out, "lock-order reports", "not checked (--lockdep checks)");
    } else {
      verdict(out, "lock-order reports", result.lockOrder().size(), color);
    }
    verdict(out, "stuck reports", result.stuck().size(), color);
    text(
        out,
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

  private static void times(PrintStream out, String name, Histogram nanos) {
    text(
        out,
        name,
        millis(nanos.getValueAtPercentile(50))
            + " / "
            + millis(nanos.getValueAtPercentile(99))
            + " / "
            + millis(nanos.getMaxValue())
            + " ms");
  }

  private static void row(PrintStream out, String name, long value) {
    text(out, name, String.format(Locale.ROOT, "%,d", value));
  }

  private static void verdict(PrintStream out, String name, long value, boolean color) {
    String number = String.format(Locale.ROOT, "%,d", value);
    text(out, name, color ? (value == 0 ? GREEN : RED) + number + PLAIN : number);
  }

  private static void text(PrintStream out, String name, String value) {
    out.printf("  %-26s %s%n", name, value);
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
