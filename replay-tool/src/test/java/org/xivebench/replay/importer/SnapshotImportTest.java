package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.ordered.Gap;
import org.xivebench.replay.ordered.OrderedResult;
import org.xivebench.replay.trace.TraceKind;

/** What QEMU's monitor printed is compared with the model where the log has it. */
final class SnapshotImportTest {
  /** A source is claimed, routed to a queue, triggered: one entry; and shown then. */
  private static final String LOG =
      """
      1@100.000000:spapr_xive_claim_irq lisn=0x1200 lsi=0
      2@100.000001:spapr_xive_set_queue_config flags=0x1 target=0x0 priority=0x6 qpage=0x10000 qsize=0x10
      2@100.000002:spapr_xive_set_source_config flags=0x2 lisn=0x1200 target=0x0 priority=0x6 eisn=0x11
      2@100.000003:xive_source_esb_read @0x24010c00 IRQ 0x1200 val=0x1
      1@100.000004:spapr_xive_set_irq lisn=0x1200 val=1
      1@100.000005:xive_presenter_notify found NVT 0x0/0x400 ring=0x10
      1@100.000006:handle_hmp_command mon 0x5 cmdline: info pic
      """;

  private static final String SHOWN =
      """
      === snapshot 1 poll
      CPU[0000]:   QW   NSR CPPR IPB LSMFB ACK# INC AGE PIPR  W2
      CPU[0000]: USER    00   00  00    00   00  00  00   00  00000000
      CPU[0000]:   OS    00   00  02    ff   ff  00  ff   06  80000400
      CPU[0001]:   OS    00   00  00    ff   ff  00  ff   ff  80000401
        LISN         PQ    EISN     CPU/PRIO EQ
        00001200 MSI P-    00000011   0/6      1/16384 @10000 ^1 [ 00000000 00000000 00000000 00000000 80000011 ^00000000 ]
        00001201 MSI -Q  M 00000000\s
      irqchip: emulated

      """;

  @TempDir private Path folder;

  private ImportReport report;

  private OrderedResult replay(String log, String shown) throws Exception {
    Path logFile = Files.writeString(folder.resolve("trace.log"), log, UTF_8);
    Path snapshots = Files.writeString(folder.resolve("info-pic.txt"), shown, UTF_8);
    Path trace = folder.resolve("trace.jfr");
    LogReplay replay = LogReplay.of(logFile, snapshots, trace);
    report = replay.report();
    return replay.result();
  }

  private static long shownCount(OrderedResult result) {
    return result.checked().entrySet().stream()
        .filter(entry -> entry.getKey().simpleName().startsWith("Snapshot"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  @Test
  void stateThatTheModelHas_isNoDivergence() throws Exception {
    OrderedResult result = replay(LOG, SHOWN);

    assertEquals(List.of(), result.divergences());
    assertEquals(3, shownCount(result));
    assertEquals(1, result.checked().get(TraceKind.SNAPSHOT_QUEUE));
    assertEquals(null, result.gaps().get(Gap.SNAPSHOT));
    assertEquals(
        2L,
        report.skipped().get("lines of snapshots on sources and vCPUs that nothing else names"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OS    00   00  02 | OS    00   00  00 | osRing=0xffff00ff06",
        "MSI P-  | MSI -- | pq=0x0",
        "P-    000 | P-  M 000 | masked=true",
        "00000011 | 00000012 | eisn=0x12",
        "1/16384 | 2/16384 | index=0x2",
        "^1 [ | ^0 [ | toggle=0x0",
        "80000011 | 80000012 | entries1And0=0x8000001200000000",
      })
  void stateThatDiffers_isADivergence(String from, String to, String expected) throws Exception {
    assertTrue(SHOWN.contains(from), from);
    OrderedResult result = replay(LOG, SHOWN.replace(from, to));

    assertTrue(result.divergenceCount() > 0);
    assertTrue(
        result.divergences().stream().anyMatch(each -> each.expected().contains(expected)),
        result.divergences().toString());
  }

  @Test
  void snapshotOfAnotherNumber_isNotTaken() throws Exception {
    OrderedResult result = replay(LOG, SHOWN.replace("snapshot 1 ", "snapshot 2 "));

    assertEquals(0, shownCount(result));
    assertEquals(1, result.gaps().get(Gap.SNAPSHOT));
  }

  @Test
  void linesThatAreNotUnderstood_areCounted() throws Exception {
    OrderedResult result = replay(LOG, SHOWN.replace("irqchip: emulated", "irqchop"));

    assertEquals(3, shownCount(result));
    assertEquals(1L, report.skipped().get("lines of snapshots that are not understood"));
  }
}
