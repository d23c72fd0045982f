package org.xivebench.replay.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.ordered.Divergence;
import org.xivebench.replay.ordered.OrderedResult;
import org.xivebench.replay.ordered.RunEffort;
import org.xivebench.replay.ordered.RunTotals;
import org.xivebench.xive.Quirks;

/** The report of an ordered replay. */
public final class OrderedReport {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final String trace;
  private final OrderedResult result;

  /**
   * @param trace name of the trace
   */
  public OrderedReport(String trace, OrderedResult result) {
    this.trace = trace;
    this.result = result;
  }

  // ---- for people

  /** Prints the table, and below it the first divergences. */
  public void print(PrintStream out, boolean color) {
    ReportTable table = new ReportTable(out, color);
    out.println("replay of " + trace + ", ordered, " + where() + ended());
    table.row("events read", result.events());
    table.row("operations replayed", result.operations());
    if (result.swaps() > 0) {
      table.row("  swaps", result.swaps());
    }
    RunTotals totals = result.totals();
    if (totals != null) {
      table.row("interrupts triggered", totals.triggered());
      table.row("  delivered", totals.delivered());
      table.row("  coalesced", totals.coalesced());
      table.row("  dropped", totals.dropped());
      table.row("  pending", totals.pending());
      table.row("  lost", totals.lost());
      table.row("  invented", totals.invented());
    }
    RunEffort effort = result.effort();
    if (effort != null) {
      effort
          .deliveredByServer()
          .forEach((server, delivered) -> table.row("  delivered to server " + server, delivered));
      table.row("hypercalls", effort.hypercalls());
      table.row("ESB accesses", effort.esbAccesses());
      table.row("TIMA accesses", effort.timaAccesses());
      table.row("queue entries", effort.queueEntries());
      table.row("re-triggers", effort.retriggers());
    }
    table.row("results checked", result.checkedCount());
    result.checked().forEach((kind, count) -> table.row("  " + kind.simpleName(), count));
    table.row("without any effect, as is", result.withoutEffect());
    table.row("not checked", result.uncheckedCount());
    result.gaps().forEach((gap, count) -> table.row(count, gap.label()));
    if (!result.differences().isEmpty()) {
      table.row(
          "known differences", result.differences().values().stream().mapToLong(n -> n).sum());
      result.differences().forEach((difference, n) -> table.row(n, difference.label()));
    }
    table.verdict("divergences", result.divergenceCount());
    table.text("digest", hex(result.digest()));
    table.text(
        "wall time",
        String.format(
            Locale.ROOT,
            "%.2f s, %,.0f events/s",
            result.wallNanos() / 1e9,
            result.eventsPerSecond()));
    result.divergences().forEach(divergence -> print(divergence, out));
    long more = result.divergenceCount() - result.divergences().size();
    if (more > 0) {
      out.println("! and " + more + " more divergences");
    }
  }

  private String where() {
    return result.irqchip() == Irqchip.EMULATED
        ? "emulated controller, " + quirks()
        : "in-kernel device";
  }

  private String quirks() {
    if (result.quirks().asSet().isEmpty()) {
      return "no quirks";
    }
    return result.quirks().asSet().equals(Quirks.QEMU_7_2.asSet())
        ? "quirks of qemu-7.2"
        : result.quirks().asSet().size() + " quirks";
  }

  private String ended() {
    return result.interrupted() ? ", ended early by the user" : "";
  }

  private static void print(Divergence divergence, PrintStream out) {
    out.println("! " + divergence.operation() + " at " + time(divergence));
    out.println("    expected " + divergence.expected());
    out.println("    got      " + divergence.got());
    String source = "0x" + Integer.toHexString(divergence.source());
    lines(out, "the last operations on source " + source, divergence.lastOnSource());
    lines(out, "the last operations of vCPU " + divergence.vcpu(), divergence.lastOnVcpu());
  }

  private static void lines(PrintStream out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.println("    " + title + ":");
      lines.forEach(line -> out.println("      " + line));
    }
  }

  private static String time(Divergence divergence) {
    return Instant.ofEpochSecond(
            Math.floorDiv(divergence.timeNanos(), NANOS_PER_SECOND),
            Math.floorMod(divergence.timeNanos(), NANOS_PER_SECOND))
        .toString();
  }

  private static String hex(long value) {
    return String.format(Locale.ROOT, "%016x", value);
  }

  // ---- for programs

  /** Returns the same as JSON; docs/replay.md has the fields. */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("trace", trace)
        .put("mode", "ordered")
        .put("irqchip", result.irqchip().toString())
        .put("cycles", result.cycles())
        .put("interrupted", result.interrupted())
        .put("events", result.events())
        .put("operations", result.operations())
        .put("swaps", result.swaps())
        .put("checked", result.checkedCount());
    ObjectNode checked = root.putObject("checkedByKind");
    result.checked().forEach((kind, count) -> checked.put(kind.simpleName(), count));
    root.put("withoutEffect", result.withoutEffect()).put("unchecked", result.uncheckedCount());
    ObjectNode gaps = root.putObject("uncheckedByReason");
    result.gaps().forEach((gap, count) -> gaps.put(gap.jsonName(), count));
    ObjectNode differences = root.putObject("knownDifferences");
    result.differences().forEach((difference, n) -> differences.put(difference.label(), n));
    RunTotals totals = result.totals();
    if (totals != null) {
      root.put("triggered", totals.triggered())
          .put("delivered", totals.delivered())
          .put("coalesced", totals.coalesced())
          .put("dropped", totals.dropped())
          .put("pending", totals.pending())
          .put("lost", totals.lost())
          .put("invented", totals.invented());
    }
    RunEffort effort = result.effort();
    if (effort != null) {
      ObjectNode node =
          root.putObject("effort")
              .put("hypercalls", effort.hypercalls())
              .put("esbAccesses", effort.esbAccesses())
              .put("timaAccesses", effort.timaAccesses())
              .put("queueEntries", effort.queueEntries())
              .put("retriggers", effort.retriggers());
      ObjectNode servers = node.putObject("deliveredByServer");
      effort
          .deliveredByServer()
          .forEach((server, delivered) -> servers.put(Integer.toString(server), delivered));
    }
    root.put("divergences", result.divergenceCount());
    ArrayNode first = root.putArray("firstDivergences");
    for (Divergence divergence : result.divergences()) {
      ObjectNode entry =
          first
              .addObject()
              .put("sequence", divergence.sequence())
              .put("timeNanos", divergence.timeNanos())
              .put("operation", divergence.operation())
              .put("expected", divergence.expected())
              .put("got", divergence.got());
      if (divergence.source() >= 0) {
        entry.put("source", divergence.source());
      }
      if (divergence.vcpu() >= 0) {
        entry.put("vcpu", divergence.vcpu());
      }
      divergence.lastOnSource().forEach(entry.putArray("lastOnSource")::add);
      divergence.lastOnVcpu().forEach(entry.putArray("lastOnVcpu")::add);
    }
    return root.put("digest", hex(result.digest()))
        .put("wallNanos", result.wallNanos())
        .put("eventsPerSecond", result.eventsPerSecond());
  }
}
