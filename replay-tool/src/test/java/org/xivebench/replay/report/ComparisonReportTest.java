package org.xivebench.replay.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.replay.engine.Effort;
import org.xivebench.replay.engine.Effort.ServerShare;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.SwapFigures;
import org.xivebench.replay.report.ComparisonReport.Run;

/** Every figure of the runs differs, so that one in the wrong place shows. */
final class ComparisonReportTest {
  private static final long PAUSE_NANOS = 2_000_000;

  private static ReplayResult result(String backend, long base, int swaps, List<String> problems) {
    SwapFigures figures = new SwapFigures();
    for (int i = 0; i < swaps; i++) {
      figures.add(new SwapReport("a", "b", Map.of(), Map.of(), PAUSE_NANOS, 3, List.of()));
    }
    Effort effort =
        new Effort(
            base + 20,
            base + 21,
            base == 1000 ? 0 : base + 22,
            base + 23,
            base + 24,
            base == 1000 ? 0 : base + 25,
            List.of(new ServerShare(0, base + 30), new ServerShare(8, base + 31)));
    return new ReplayResult(
        backend,
        1,
        base + 1,
        base + 2,
        base + 3,
        base + 4,
        base + 5,
        base + 6,
        base + 7,
        0,
        0,
        base + 10,
        base + 11,
        figures,
        effort,
        List.of(),
        List.of(),
        List.of(),
        problems,
        base * 1_000_000,
        false);
  }

  private static ComparisonReport report(List<String> problems) {
    return new ComparisonReport(
        "t.jfr",
        List.of(
            new Run("xics-on-xive", result("xics-on-xive", 1000, 0, List.of())),
            new Run("xive-native", result("xive-native", 2000, 0, List.of())),
            new Run("swapping", result("xics-on-xive", 3000, 4, problems))));
  }

  private static String text(ComparisonReport report) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report.print(new PrintStream(bytes, true, UTF_8));
    return bytes.toString(UTF_8);
  }

  @Test
  void print_hasEachFigureOfEachRun() {
    assertEquals(
        """
        replay of t.jfr, compared
                                     xics-on-xive      xive-native         swapping
          operations replayed               1,002            2,002            3,002
          interrupts triggered              1,003            2,003            3,003
            coalesced                       1,004            2,004            3,004
            dropped                         1,005            2,005            3,005
            pending                         1,007            2,007            3,007
            lost                                0                0                0
            invented                            0                0                0
            delivered                       1,006            2,006            3,006
              on server 0                   1,030            2,030            3,030
              on server 8                   1,031            2,031            3,031
          hypercalls                        1,020            2,020            3,020
          guest exits                       1,021            2,021            3,021
          ESB accesses                          0            2,022            3,022
          TIMA accesses                     1,023            2,023            3,023
          queue entries                     1,024            2,024            3,024
          re-triggers                           0            2,025            3,025
          swaps                                 0                0                4
            pause p50, ms                       -                -            2.001
          reports                               0                0                0
          wall time, s                       1.00             2.00             3.00
          xics-on-xive to xive-native: hypercalls 0.50 x, guest exits 0.51 x, ESB accesses 0:2022, TIMA accesses 0.51 x, queue entries 0.51 x, re-triggers 0:2025
        """,
        text(report(List.of())));
  }

  @Test
  void print_longNames_keepTheColumnsApart() {
    String name = "a-backend-of-somebody-else";
    ComparisonReport report =
        new ComparisonReport("t.jfr", List.of(new Run(name, result(name, 1000, 0, List.of()))));
    List<String> lines = text(report).lines().skip(1).toList();
    assertTrue(lines.get(0).endsWith(" " + name), lines.get(0));
    assertTrue(lines.stream().allMatch(line -> line.length() == lines.get(0).length()), name);
  }

  @Test
  void print_whatWasFound_isNamedWithItsRun() {
    ComparisonReport report = report(List.of("source 0x1300: lost 1"));
    assertFalse(report.isClean());
    assertTrue(report(List.of()).isClean());
    assertTrue(text(report).endsWith("! swapping: source 0x1300: lost 1\n"), text(report));
  }

  @Test
  void toJson_hasEachFieldOfEachRun() {
    ObjectNode json = report(List.of("found")).toJson();
    assertEquals("t.jfr", json.path("trace").asText());
    assertEquals("compare", json.path("mode").asText());
    assertEquals(3, json.path("runs").size());
    JsonNode run = json.path("runs").path(1);
    assertEquals("xive-native", run.path("name").asText());
    assertEquals("xive-native", run.path("backend").asText());
    assertEquals(2001, run.path("events").asLong());
    assertEquals(2002, run.path("operations").asLong());
    assertEquals(2003, run.path("triggered").asLong());
    assertEquals(2004, run.path("coalesced").asLong());
    assertEquals(2005, run.path("dropped").asLong());
    assertEquals(2006, run.path("delivered").asLong());
    assertEquals(2007, run.path("pending").asLong());
    assertEquals(2010, run.path("spuriousIpis").asLong());
    assertEquals(2011, run.path("spuriousLsis").asLong());
    assertEquals(2_000_000_000L, run.path("wallNanos").asLong());
    JsonNode effort = run.path("effort");
    assertEquals(2020, effort.path("hypercalls").asLong());
    assertEquals(2021, effort.path("exits").asLong());
    assertEquals(2022, effort.path("esbAccesses").asLong());
    assertEquals(2023, effort.path("timaAccesses").asLong());
    assertEquals(2024, effort.path("queueEntries").asLong());
    assertEquals(2025, effort.path("retriggers").asLong());
    List<String> servers = new ArrayList<>();
    effort.path("deliveredByServer").fieldNames().forEachRemaining(servers::add);
    assertEquals(List.of("0", "8"), servers);
    assertEquals(2031, effort.path("deliveredByServer").path("8").asLong());

    JsonNode swapping = json.path("runs").path(2);
    assertEquals("swapping", swapping.path("name").asText());
    assertEquals(4, swapping.path("swaps").asLong());
    assertEquals(12, swapping.path("heldInterrupts").asLong());
    assertEquals(2, swapping.path("pauseNanos").path("p50").asLong() / 1_000_000, "three digits");
    assertEquals("found", swapping.path("problems").path(0).asText());
    assertEquals(0, json.path("runs").path(0).path("swaps").asLong());
    assertTrue(json.path("runs").path(0).path("pauseNanos").isMissingNode());
  }
}
