package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.replay.ordered.OrderedResult;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/** Beginnings of logs of real guests replay with every result as it was recorded. */
final class ImportedLogReplayTest {
  @TempDir private Path folder;
  private Path log;
  private Path trace;
  private ImportReport report;

  @BeforeEach
  void nameFiles() {
    log = folder.resolve("trace.log");
    trace = folder.resolve("trace.jfr");
  }

  // The machine has vsmt=8: vCPU i is server 8 i. Events name some vCPUs by the one, some by the
  // other.

  @Test
  void serversFarApart_xive_replays() throws Exception {
    Files.writeString(log, text("spaced-servers-xive.log.gz"), ISO_8859_1);
    Path shown = folder.resolve("info-pic.txt");
    Files.writeString(shown, text("spaced-servers-xive-info-pic.txt.gz"), ISO_8859_1);

    OrderedResult result = replay(shown);

    assertEquals(List.of(0, 8, 16, 24), report.header().servers());
    assertEquals(List.of(), result.divergences());
    assertEquals(16, result.checked().get(TraceKind.SNAPSHOT_RING));
    assertEquals(4, result.checked().get(TraceKind.SNAPSHOT_QUEUE));
    assertTrue(result.checked().get(TraceKind.TCTX_ACCEPT) > 50);
  }

  @Test
  void serversFarApart_xics_replays() throws Exception {
    Files.writeString(log, text("spaced-servers-xics.log.gz"), ISO_8859_1);

    OrderedResult result = replay(null);

    assertEquals(List.of(0, 8, 16, 24), report.header().servers());
    assertEquals(List.of(), result.divergences());
    assertTrue(result.checked().get(TraceKind.ICP_IPI) > 10);
    assertTrue(result.checked().get(TraceKind.ICP_ACCEPT) > 10);
  }

  /**
   * Two boots of one machine whole, with two vCPUs: in XICS mode and, behind a reset, in XIVE mode.
   */
  @Test
  void rebootIntoTheOtherMode_replays() throws Exception {
    log = folder.resolve("trace.log.xz");
    copy("mode-switch.log.xz", log);
    Path shown = folder.resolve("info-pic.txt.gz");
    copy("mode-switch-info-pic.txt.gz", shown);

    OrderedResult result = replay(shown);

    assertEquals(TraceMode.DUAL, report.header().mode());
    assertEquals(List.of(), report.approximations());
    assertEquals(List.of(), result.divergences());
    assertEquals(2, report.taken().get(TraceKind.MACHINE_RESET));
    assertTrue(result.checked().get(TraceKind.ICP_ACCEPT) > 100);
    assertTrue(result.checked().get(TraceKind.TCTX_ACCEPT) > 100);
    assertTrue(result.checked().get(TraceKind.SNAPSHOT_QUEUE) > 0);
    assertTrue(result.checked().get(TraceKind.SNAPSHOT_PRESENTER) > 0);
  }

  /** A machine that was killed leaves a log that stops anywhere. */
  @ParameterizedTest
  @ValueSource(strings = {"spaced-servers-xive.log.gz", "spaced-servers-xics.log.gz"})
  void logThatStopsAnywhere_replays(String name) throws Exception {
    String[] lines = text(name).split("\n", -1);
    int first = lines.length - 32;
    StringBuilder cut = new StringBuilder();
    for (int i = 0; i < first; i++) {
      cut.append(lines[i]).append('\n');
    }
    for (int i = first; i < lines.length - 1; i++) {
      cut.append(lines[i]).append('\n');
      Files.writeString(log, cut, ISO_8859_1);

      OrderedResult result = replay(null);

      assertEquals(List.of(), result.divergences(), "cut after line " + (i + 1));
    }
  }

  private OrderedResult replay(Path shown) throws Exception {
    LogReplay replay = LogReplay.of(log, shown, trace);
    report = replay.report();
    return replay.result();
  }

  private static void copy(String resource, Path to) throws IOException {
    try (InputStream in = ImportedLogReplayTest.class.getResourceAsStream(resource)) {
      Files.copy(in, to);
    }
  }

  private static String text(String resource) throws IOException {
    try (InputStream in =
        new GZIPInputStream(ImportedLogReplayTest.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), ISO_8859_1);
    }
  }
}
