package org.xivebench.replay.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.xivebench.replay.engine.Law;
import org.xivebench.replay.soak.SoakResult;

/** The report of a soak run. */
public final class SoakReport {
  private final SoakResult result;

  /** Of that run. */
  public SoakReport(SoakResult result) {
    this.result = result;
  }

  /** Prints the table, and below it what was found. */
  public void print(PrintStream out, boolean color) {
    ReportTable table = new ReportTable(out, color);
    out.println(
        "soak, protocol "
            + result.protocol()
            + ", started on "
            + result.startedOn()
            + (result.interrupted() ? ", ended early by the user" : ""));
    law(table, result.law());
    table.row("swaps", result.swaps());
    Histogram pauses = result.pauseNanos();
    if (pauses.getTotalCount() > 0) {
      table.text(
          "  pause p50 / p99 / max",
          millis(pauses.getValueAtPercentile(50))
              + " / "
              + millis(pauses.getValueAtPercentile(99))
              + " / "
              + millis(pauses.getMaxValue())
              + " ms");
    }
    table.text("steps", "");
    result.steps().forEach((path, count) -> table.row("  " + path, count));
    table.verdict("use-after-free reports", result.useAfterFree().size());
    if (result.lockOrder() == null) {
      table.text("lock-order reports", "not checked (--lockdep checks)");
    } else {
      table.verdict("lock-order reports", result.lockOrder().size());
    }
    table.verdict("stuck reports", result.stuck().size());
    table.text("wall time", String.format(Locale.ROOT, "%.1f s", result.wallNanos() / 1e9));
    lines(out, result.problems());
    lines(out, result.stuck());
    lines(out, result.useAfterFree());
    if (result.lockOrder() != null) {
      lines(out, result.lockOrder());
    }
  }

  private static void law(ReportTable table, Law law) {
    table.row("interrupts triggered", law.triggered());
    table.row("  delivered", law.delivered());
    table.row("  coalesced", law.coalesced());
    table.row("  dropped", law.dropped());
    table.row("  pending", law.pending());
    table.verdict("  lost", law.lost());
    table.verdict("  invented", law.invented());
  }

  private static void lines(PrintStream out, List<String> lines) {
    lines.forEach(line -> out.println("! " + line));
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }

  /** Returns the same as JSON; docs/soak.md has the fields. */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    Law law = result.law();
    root.put("protocol", result.protocol())
        .put("backend", result.startedOn())
        .put("interrupted", result.interrupted())
        .put("triggered", law.triggered())
        .put("delivered", law.delivered())
        .put("coalesced", law.coalesced())
        .put("dropped", law.dropped())
        .put("pending", law.pending())
        .put("lost", law.lost())
        .put("invented", law.invented())
        .put("swaps", result.swaps());
    Histogram pauses = result.pauseNanos();
    if (pauses.getTotalCount() > 0) {
      root.putObject("pauseNanos")
          .put("p50", pauses.getValueAtPercentile(50))
          .put("p99", pauses.getValueAtPercentile(99))
          .put("max", pauses.getMaxValue());
    }
    ObjectNode steps = root.putObject("steps");
    result.steps().forEach(steps::put);
    array(root, "useAfterFree", result.useAfterFree());
    if (result.lockOrder() == null) {
      root.put("lockOrder", "not checked");
    } else {
      array(root, "lockOrder", result.lockOrder());
    }
    array(root, "stuck", result.stuck());
    array(root, "problems", result.problems());
    return root.put("wallNanos", result.wallNanos());
  }

  private static void array(ObjectNode root, String name, List<String> lines) {
    lines.forEach(root.putArray(name)::add);
  }
}
