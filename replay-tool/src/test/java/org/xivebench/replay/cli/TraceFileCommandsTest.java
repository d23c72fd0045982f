package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import org.xivebench.replay.engine.ConcurrentReplay;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** {@code convert}, {@code cut} and {@code diff}, as a user runs them. */
@Timeout(120)
final class TraceFileCommandsTest {
  private static final String XIVE = Path.of("..", "samples", "snap-xive.jfr").toString();
  private static final String XICS = Path.of("..", "samples", "boot-xics.jfr").toString();

  private final CommandLineHarness harness = new CommandLineHarness(Commands::create);

  @TempDir private Path folder;

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void convert_thereAndBack_givesTheSameFile() throws IOException {
    assertEquals(0, harness.run("convert", XICS, path("t.jsonl")).exitCode());
    Outcome back = harness.run("convert", path("t.jsonl"), path("t.jfr"));

    assertEquals(0, back.exitCode(), back.err());
    assertArrayEquals(
        Files.readAllBytes(Path.of(XICS)), Files.readAllBytes(folder.resolve("t.jfr")));
    assertTrue(Files.readAllLines(folder.resolve("t.jsonl")).get(1).startsWith("{\"sequence\":1,"));
  }

  @ParameterizedTest
  @CsvSource({
    "--lockdep",
    "--kernel nope",
    "--kernel v510",
    "--protocol seed",
    "--without debugfs-remove",
    "--with nope",
    "--move a:b"
  })
  void replay_inOrderWithAnOptionOfRelease_isWrongUsage(String options) {
    List<String> words = new ArrayList<>(List.of("replay", XICS));
    words.addAll(List.of(options.split(" ", -1)));

    Outcome outcome = harness.run(words.toArray(String[]::new));

    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains("are for --mode concurrent"), outcome.err());
  }

  @Test
  void convert_toNoKnownEnding_isWrongUsage() {
    Outcome outcome = harness.run("convert", XICS, path("t.txt"));
    assertEquals(2, outcome.exitCode());
    assertTrue(outcome.err().contains("must end in .jsonl or .jfr"), outcome.err());
  }

  @Test
  void damagedTrace_convertedAndCut_isRefusedOrSalvaged() throws IOException {
    byte[] whole = Files.readAllBytes(Path.of(XIVE));
    Path cutOff = folder.resolve("cut-off.jfr");
    Files.write(cutOff, java.util.Arrays.copyOf(whole, whole.length * 2 / 3));
    for (String out : List.of("t.jsonl", "t.jfr")) {
      String[] command =
          out.endsWith("jsonl")
              ? new String[] {"convert", cutOff.toString(), path(out)}
              : new String[] {"cut", cutOff.toString(), "-o", path(out)};
      Outcome refused = harness.run(command);
      assertEquals(3, refused.exitCode(), refused.err());
      assertTrue(refused.err().contains(cutOff + ": "), refused.err());
      assertEquals(1, refused.err().lines().count(), refused.err());
      assertFalse(Files.exists(folder.resolve(out)), "a half-written file");

      List<String> salvage = new ArrayList<>(List.of(command));
      salvage.add("--salvage");
      Outcome salvaged = harness.run(salvage.toArray(String[]::new));
      assertEquals(4, salvaged.exitCode(), salvaged.err());
      assertTrue(salvaged.err().contains("the trace stops after event "), salvaged.err());
      assertTrue(Files.size(folder.resolve(out)) > 1_000_000);
    }
  }

  /** As a shell makes them of {@code <(command)}. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void pipes_read_areTheTraces() throws Exception {
    for (String pipe : List.of("a", "b")) {
      assertEquals(0, new ProcessBuilder("mkfifo", path(pipe)).start().waitFor());
    }
    Process writing =
        new ProcessBuilder(
                "sh", "-c", "cat " + XICS + " >" + path("a") + " & cat " + XICS + " >" + path("b"))
            .start();
    try {
      Outcome same = harness.run("diff", path("a"), path("b"));
      assertEquals(0, same.exitCode(), same.err());
      assertTrue(same.out().contains("no difference"), same.out());
    } finally {
      writing.destroy();
    }
    writing = new ProcessBuilder("sh", "-c", "cat " + XICS + " >" + path("a")).start();
    try {
      Outcome twice = harness.run("replay", path("a"), "--cycles", "2", "--quirks", "qemu-7.2");
      assertEquals(0, twice.exitCode(), twice.err());
    } finally {
      writing.destroy();
    }
  }

  @Test
  void standardInput_read_isTheTrace() throws IOException {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream(Files.readAllBytes(Path.of(XICS))));
      assertEquals(0, harness.run("convert", "-", path("t.jsonl")).exitCode());
      System.setIn(new ByteArrayInputStream("no trace\n".getBytes(UTF_8)));
      Outcome refused = harness.run("convert", "-", path("u.jsonl"));
      assertEquals(3, refused.exitCode());
      assertTrue(refused.err().contains("standard input: not a flight rec"), refused.err());
    } finally {
      System.setIn(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // the whole, a stretch by numbers and by time, a source, a vCPU
    "XIVE, --from, 1",
    "XIVE, --from, 60000",
    "XICS, --from, 20000",
    "XICS, --from, 60.5s",
    "XIVE, --sources, 0x1302",
    "XICS, --vcpus, '1,2'",
  })
  void cut_replayed_deliversWhatItTriggers(String sample, String option, String value)
      throws Exception {
    String in = sample.equals("XIVE") ? XIVE : XICS;
    Outcome outcome =
        harness.run("cut", in, option, value, "--to", to(value), "-o", path("part.jfr"));
    assertEquals(0, outcome.exitCode(), outcome.err());

    ReplayResult result = replay(folder.resolve("part.jfr"));
    assertTrue(result.isClean(), result.toString());
    assertTrue(result.delivered() > 0, "nothing was delivered: " + result);
    assertTrue(result.dropped() * 10 < result.triggered(), "sources were left masked: " + result);
  }

  private static String to(String from) {
    return from.endsWith("s") ? "66000ms" : from.equals("60000") ? "70000" : "40000";
  }

  private static ReplayResult replay(Path trace) throws Exception {
    ReplayOptions options =
        ReplayOptions.on(List.of(new XicsDeviceType(), new XiveNativeDeviceType()))
            .withSwapEvery(500);
    return new ConcurrentReplay(
            () -> TraceEvents.of(TraceReader.open(trace)),
            options,
            new Cancellation(),
            Progress.NONE)
        .run();
  }

  @Test
  void cut_ofASource_namesNoOther() throws IOException {
    assertEquals(
        0, harness.run("cut", XIVE, "--sources", "0x1302", "-o", path("s.jfr")).exitCode());
    try (TraceReader reader = TraceReader.open(folder.resolve("s.jfr"))) {
      assertEquals(1, reader.header().sources().size());
      int lines = 0;
      TraceEvent event;
      while ((event = reader.next()) != null) {
        if (event.kind() == TraceKind.SET_LINE) {
          assertEquals(0x1302, event.getInt(TraceField.SOURCE));
          lines++;
        }
      }
      assertTrue(lines > 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--from, 9999999, none of which is in that part",
    "--from, 1.5, must be a sequence number",
    "--from, x, must be a sequence number",
    "--sources, 0x55, the trace has no source 0x55",
    "--sources, abc, must be numbers",
    "--vcpus, 9, the trace has no vCPU 9",
  })
  void cut_ofWhatIsNotThere_isWrongUsage(String option, String value, String expected) {
    Outcome outcome = harness.run("cut", XICS, option, value, "-o", path("part.jfr"));
    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains(expected), outcome.err());
    assertFalse(Files.exists(folder.resolve("part.jfr")));
  }

  @Test
  void diff_ofATraceAndItself_findsNothing() {
    Outcome outcome = harness.run("diff", XICS, XICS);
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().contains("no difference"), outcome.out());
  }

  @Test
  void diff_ofAnAlteredTrace_namesTheFirstDifferenceAndCounts() throws IOException {
    assertEquals(0, harness.run("convert", XICS, path("a.jsonl")).exitCode());
    List<String> lines = new ArrayList<>(Files.readAllLines(folder.resolve("a.jsonl")));
    int at = 500;
    while (!lines.get(at).contains("\"IcpEoi\"")) {
      at++;
    }
    String altered = lines.get(at).replaceFirst("\"newXirr\":\\d+", "\"newXirr\":77");
    assertNotEquals(lines.get(at), altered);
    lines.set(at, altered);
    int removed = lines.size() - 2;
    String gone = lines.remove(removed).replaceFirst(".*\"event\":\"(\\w+)\".*", "$1");
    String end = lines.get(removed).replaceFirst("\"count\":\\d+", "\"count\":" + (removed - 1));
    lines.set(removed, end);
    Files.write(folder.resolve("b.jsonl"), lines);
    assertEquals(0, harness.run("convert", path("b.jsonl"), path("b.jfr")).exitCode());

    Outcome outcome = harness.run("diff", XICS, path("b.jfr"));

    assertEquals(1, outcome.exitCode(), outcome.err());
    String expected = "first difference after " + (at - 1) + " equal events, in newXirr:";
    assertTrue(outcome.out().replace(",", "").contains(expected.replace(",", "")), outcome.out());
    assertTrue(outcome.out().contains("newXirr=0x4d"), outcome.out());
    assertTrue(outcome.out().contains("-1  " + gone), outcome.out());
  }

  @Test
  void diff_asJson_isOneObject() {
    Outcome outcome = harness.run("diff", XICS, XIVE, "--json", "-");
    assertEquals(1, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().startsWith("{\n"), outcome.out());
    assertTrue(outcome.out().contains("\"mode: xics and xive\""), outcome.out());
  }
}
