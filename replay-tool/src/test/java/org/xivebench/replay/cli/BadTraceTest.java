package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.osgi.framework.BundleContext;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.InputException;
import org.xivebench.replay.launcher.BundleRuntime;
import org.xivebench.replay.trace.DamagedTrace;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.replay.trace.TraceWriter;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * A table of what is wrong with a trace and what is done with it: the exit code, one line that
 * names the file and says what is wrong, nothing on standard output, no file left behind.
 */
@Timeout(300)
class BadTraceTest {
  private static final long SEED = 11;

  /** Of cuts and flipped bits one in so many. */
  private static final int SHARE = 20;

  private static final int EVENTS = 140_000;
  private static final int MSI = 0x1300;

  /** Every command that reads a trace; F stands for the trace, O for a file to write. */
  private enum Reader {
    REPLAY("replay", "F", "--swap-every", "1", "--json", "O"),
    REPLAY_ORDERED("replay", "F", "--mode", "ordered", "--json", "O"),
    COMPARE("replay", "F", "--compare", "--json", "O"),
    CUT("cut", "F", "--from", "1", "-o", "O.jfr"),
    CONVERT("convert", "F", "O.jsonl"),
    DIFF("diff", "F", "WHOLE");

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> words;

    Reader(String... words) {
      this.words = List.of(words);
    }
  }

  @TempDir private static Path folder;

  private static BundleRuntime framework;
  private static Path whole;

  private record Outcome(int exitCode, String out, String err) {}

  @BeforeAll
  static void frameworkWithBackends() throws Exception {
    Path bundles = Files.createDirectory(folder.resolve("bundles"));
    Files.writeString(bundles.resolve("none.jar"), ""); // a framework wants one, were it damaged
    Path conf = Files.createFile(folder.resolve("framework.properties"));
    framework = BundleRuntime.start(bundles, conf, problem -> {});
    BundleContext context = framework.context();
    context.registerService(DeviceType.class, new XiveNativeDeviceType(), null);
    context.registerService(DeviceType.class, new XicsDeviceType(), null);
    whole = folder.resolve("whole.jfr");
    Files.write(whole, trace(MSI, 0));
  }

  @AfterAll
  static void end() throws Exception {
    framework.close();
  }

  /** A trace of one trigger and of much that no replay does anything with. */
  private static byte[] trace(int triggered, int server) throws IOException {
    TraceHeader header =
        TraceHeader.of(
            TraceMode.XICS, "test", List.of(0, 1), List.of(new TraceHeader.Source(MSI, false)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Random random = new Random(SEED);
    try (TraceWriter writer = new TraceWriter(bytes, header)) {
      writer.append(
          event(TraceKind.SOURCE_CONFIG)
              .set(TraceField.SOURCE, triggered)
              .set(TraceField.SERVER, server)
              .set(TraceField.PRIORITY, 5));
      for (int i = 0; i < EVENTS; i++) {
        writer.append(event(TraceKind.SNAPSHOT).set(TraceField.NUMBER, random.nextInt()));
      }
      writer.end();
    }
    return bytes.toByteArray();
  }

  private static TraceEvent event(TraceKind kind) {
    return new TraceEvent().begin(kind, 1_000_000_000L, 0, 1);
  }

  private static Outcome run(Reader reader, Path trace) {
    List<String> words = new ArrayList<>();
    for (String word : reader.words) {
      words.add(
          switch (word) {
            case "F" -> trace.toString();
            case "WHOLE" -> whole.toString();
            default ->
                word.startsWith("O") ? folder.resolve("out" + word.substring(1)).toString() : word;
          });
    }
    return run(words.toArray(String[]::new));
  }

  private static Outcome run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        new XivebenchCommandLine(framework.context(), Map.of(), Commands::create)
            .run(words, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    return new Outcome(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static String assertRefused(Reader reader, Path trace, String what) throws IOException {
    Outcome outcome = run(reader, trace);
    String context = what + ": " + outcome;
    assertEquals(ExitCode.INPUT, outcome.exitCode(), context);
    assertEquals("", outcome.out(), context);
    assertEquals(1, outcome.err().strip().lines().count(), context);
    assertTrue(outcome.err().contains(trace.toString()), context);
    try (Stream<Path> left = Files.list(folder)) {
      assertFalse(left.anyMatch(file -> file.getFileName().toString().startsWith("out")), context);
    }
    return outcome.err();
  }

  /** Every kind of damage; of cuts and of flipped bits some. */
  @ParameterizedTest
  @EnumSource
  void damagedTrace_isRefused(Reader reader) throws IOException {
    int refused = refuseDamaged(reader, SHARE);
    assertTrue(refused > 10, "only " + refused + " damages were noticed");
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void damagedTrace_inManyPlaces_isRefused(Reader reader) throws IOException {
    int refused = refuseDamaged(reader, 1);
    assertTrue(refused > 60, "only " + refused + " damages were noticed");
  }

  private static int refuseDamaged(Reader reader, int share) throws IOException {
    Path damaged = folder.resolve("damaged.jfr");
    int refused = 0;
    int position = 0;
    for (var version : new DamagedTrace(Files.readAllBytes(whole)).versions().entrySet()) {
      boolean oneOfMany =
          version.getKey().startsWith("cut at ") || version.getKey().startsWith("bit ");
      if (oneOfMany && position++ % share != 0) {
        continue;
      }
      Files.write(damaged, version.getValue().get());
      if (isNoticed(damaged)) {
        String unusedMessage = assertRefused(reader, damaged, version.getKey());
        refused++;
      }
    }
    return refused;
  }

  /** A flipped bit may be one that says nothing. */
  private static boolean isNoticed(Path file) throws IOException {
    try (TraceReader trace = TraceReader.open(file)) {
      while (trace.next() != null) {}
      return false;
    } catch (InputException e) {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoTrace_isRefusedWithTheReason(Reader reader) throws IOException {
    Map<String, Path> table = new LinkedHashMap<>();
    table.put("there is no such file", folder.resolve("absent.jfr"));
    table.put("is a folder", Files.createDirectories(folder.resolve("a-folder")));
    table.put("is empty", Files.write(folder.resolve("empty.jfr"), new byte[0]));
    table.put("not a flight recording", Files.writeString(folder.resolve("text.jfr"), "text\n"));
    table.put("names source 0x1301", Files.write(folder.resolve("source.jfr"), trace(0x1301, 0)));
    table.put("names server 7", Files.write(folder.resolve("server.jfr"), trace(MSI, 7)));
    Path ofJvm = folder.resolve("jvm.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      recording.stop();
      recording.dump(ofJvm);
    }
    table.put("no event of a trace", ofJvm);
    for (var row : table.entrySet()) {
      String message = assertRefused(reader, row.getValue(), row.getKey());
      if (!row.getKey().equals("no event of a trace")) {
        assertTrue(message.contains(row.getKey()), message);
      }
    }
  }

  @Test
  void wholeTrace_isTakenByAll() {
    for (Reader reader : Reader.values()) {
      Outcome outcome = run(reader, whole);
      assertEquals(ExitCode.OK, outcome.exitCode(), reader + ": " + outcome);
      for (String ending : List.of("", ".jfr", ".jsonl")) {
        boolean unusedWas = folder.resolve("out" + ending).toFile().delete();
      }
    }
  }

  @Test
  void wrongUsage_isRefusedWithTheReason() {
    Map<List<String>, String> table = new LinkedHashMap<>();
    table.put(List.of("--backend", "vgic"), "unknown backend vgic");
    table.put(List.of("--swap-every", "0"), "must be 1 or more");
    table.put(List.of("--swap-every", "-1"), "must be 1 or more");
    table.put(List.of("--swap-every", "many"), "--swap-every");
    table.put(List.of("--swap-at", "0"), "counted from 1");
    table.put(List.of("--pace", "slow"), "must be recorded or none");
    table.put(List.of("--speed", "0", "--swap-every", "1"), "must be more than 0");
    table.put(List.of("--cycles", "0"), "must be 1 or more");
    table.put(List.of("--protocol", "none", "--swap-every", "1"), "unknown protocol");
    table.put(List.of("--without", "gates", "--swap-every", "1"), "unknown step");
    table.put(List.of("--kernel", "v7", "--swap-every", "1"), "unknown kernel");
    table.put(List.of("--mode", "both"), "--mode");
    table.put(List.of("--compare", "--record", "x.jfr"), "--compare");
    for (var row : table.entrySet()) {
      List<String> words = new ArrayList<>(List.of("replay", whole.toString()));
      words.addAll(row.getKey());
      Outcome outcome = run(words.toArray(String[]::new));
      assertEquals(ExitCode.USAGE, outcome.exitCode(), row + ": " + outcome);
      assertTrue(outcome.err().contains(row.getValue()), row + ": " + outcome);
      assertEquals(1, outcome.err().strip().lines().count(), row + ": " + outcome);
      assertEquals("", outcome.out(), row + ": " + outcome);
    }
  }
}
