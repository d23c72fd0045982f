package org.xivebench.replay.importer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.ConcurrentReplay;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.JfrWriter;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** Recordings made here event by event, and a real one, become traces by rules. */
@Timeout(120)
final class JvmImporterTest {
  private static final String RULES =
      """
      {"vcpus": 4, "serviceNanos": 100, "devices": [{"name": "disk", "queues": 2}],
       "rules": [
        {"name": "notify", "event": "jdk.JavaMonitorWait", "when": {"timedOut": false},
         "interrupt": "ipi", "from": "notifier", "to": "eventThread"},
        {"name": "park", "event": "jdk.ThreadPark", "timeout": "timeout",
         "interrupt": "ipi", "to": "eventThread"},
        {"name": "read", "event": "jdk.FileRead", "minDurationNanos": 50, "interrupt": "msi",
         "device": "disk", "queueBy": ["eventThread"]},
        {"name": "stop", "event": "jdk.SafepointBegin", "at": "start",
         "interrupt": "ipi-all", "from": "eventThread"}]}
      """;

  @TempDir private Path folder;

  private record Imported(JvmImporter.Result result, TraceHeader header, List<TraceEvent> events) {
    List<TraceEvent> of(TraceKind kind) {
      return events.stream().filter(e -> e.kind() == kind).toList();
    }

    JvmImporter.Explanation rule(String name) {
      return result.explanations().stream()
          .filter(each -> each.rule().name().equals(name))
          .findFirst()
          .orElseThrow();
    }
  }

  /** A recording with the four types of the rules, written as a test says. */
  private final class Recorded implements AutoCloseable {
    private final Path file = folder.resolve("rec.jfr");
    private final JfrWriter writer = JfrWriter.create(file);
    private final EventEncoder wait =
        declare(
            EventDeclaration.named("jdk.JavaMonitorWait")
                .withDuration()
                .withThread()
                .field(FieldDeclaration.of("notifier", FieldType.THREAD))
                .field(FieldDeclaration.of("timedOut", FieldType.BOOLEAN)));
    private final EventEncoder park =
        declare(
            EventDeclaration.named("jdk.ThreadPark")
                .withDuration()
                .withThread()
                .field(FieldDeclaration.of("timeout", FieldType.LONG)));
    private final EventEncoder read =
        declare(EventDeclaration.named("jdk.FileRead").withDuration().withThread());
    private final EventEncoder stop =
        declare(EventDeclaration.named("jdk.SafepointBegin").withDuration().withThread());
    private final EventEncoder loss =
        declare(
            EventDeclaration.named("jdk.DataLoss")
                .field(FieldDeclaration.of("amount", FieldType.LONG)));

    Recorded() throws IOException {}

    private EventEncoder declare(EventDeclaration declaration) {
      return writer.declare(declaration);
    }

    int thread(int number) {
      return writer.thread("t" + number, number, "t" + number, number);
    }

    @Override
    public void close() throws IOException {
      writer.close();
    }
  }

  private JvmRules rules(String text) throws IOException {
    return JvmRules.read(Files.writeString(folder.resolve("rules.json"), text));
  }

  private Imported imported(Path recording, JvmRules rules, ReadMode mode) throws IOException {
    Path out = folder.resolve("out.jfr");
    JvmImporter.Result result =
        JvmImporter.run(
            new JvmImporter.Source(recording, () -> JfrReader.open(recording, mode), true),
            rules,
            rules.vcpus(),
            1,
            Files.newOutputStream(out),
            Progress.NONE,
            new Cancellation());
    List<TraceEvent> events = new ArrayList<>();
    try (TraceReader reader = TraceReader.open(out)) {
      TraceEvent event;
      while ((event = reader.next()) != null) {
        events.add(new TraceEvent().copyFrom(event));
      }
      return new Imported(result, reader.header(), events);
    }
  }

  private Imported imported(Path recording) throws IOException {
    return imported(recording, rules(RULES), ReadMode.STRICT);
  }

  @Test
  void notifies_imported_areIpisFromOneVcpuToAnother() throws IOException {
    try (Recorded recorded = new Recorded()) {
      for (int waiter = 1; waiter <= 16; waiter++) {
        for (int notifier = 1; notifier <= 16; notifier++) {
          int from = recorded.thread(notifier);
          recorded
              .wait
              .begin(1000L * (waiter * 16 + notifier), 10, recorded.thread(waiter))
              .putThread(from)
              .putBoolean(false)
              .commit();
        }
      }
      recorded.wait.begin(1, 10, recorded.thread(1)).putThread(0).putBoolean(true).commit();
      recorded.writer.finish();
    }
    Imported imported = imported(folder.resolve("rec.jfr"));

    JvmImporter.Explanation notify = imported.rule("notify");
    assertEquals(257, notify.events());
    assertEquals(1, notify.leftOut().get("when is not met"));
    long sameVcpu = notify.leftOut().get("both threads on one vCPU: no IPI");
    assertEquals(256, notify.interrupts() + sameVcpu);
    assertTrue(sameVcpu >= 16, "a thread and itself are on one vCPU: " + sameVcpu);
    List<TraceEvent> ipis = imported.of(TraceKind.ESB_STORE);
    assertEquals(notify.interrupts(), ipis.size());
    Set<Integer> targets = new HashSet<>();
    for (TraceEvent ipi : ipis) {
      assertFalse(ipi.vcpu() == ipi.getInt(TraceField.SOURCE), "an IPI to itself: " + ipi);
      targets.add(ipi.getInt(TraceField.SOURCE));
    }
    assertEquals(Set.of(0, 1, 2, 3), targets);
    assertEquals(ipis.size(), imported.of(TraceKind.ESB_LOAD).size());
  }

  @Test
  void eventsInAnyOrder_imported_areInTheOrderOfTimeAtTheirEnds() throws IOException {
    try (Recorded recorded = new Recorded()) {
      recorded.read.begin(5000, 1000, recorded.thread(1)).commit();
      recorded.read.begin(1000, 4500, recorded.thread(2)).commit();
      recorded.read.begin(2000, 60, recorded.thread(3)).commit();
      recorded.read.begin(3000, 49, recorded.thread(3)).commit();
      recorded.writer.finish();
    }
    Imported imported = imported(folder.resolve("rec.jfr"));

    List<Long> times =
        imported.of(TraceKind.SET_LINE).stream()
            .filter(e -> e.get(TraceField.LEVEL) == 1)
            .map(TraceEvent::timeNanos)
            .toList();
    assertEquals(List.of(2060L, 5500L, 6000L), times);
    assertEquals(
        List.of(2160L, 5600L, 6100L),
        imported.of(TraceKind.ESB_LOAD).stream().map(TraceEvent::timeNanos).toList());
    assertEquals(1, imported.rule("read").leftOut().get("shorter than minDurationNanos"));
  }

  @Test
  void safepoint_imported_isAnIpiToAllOthers() throws IOException {
    try (Recorded recorded = new Recorded()) {
      recorded.stop.begin(1000, 10, recorded.thread(1)).commit();
      recorded.writer.finish();
    }
    Imported imported = imported(folder.resolve("rec.jfr"));
    List<TraceEvent> ipis = imported.of(TraceKind.ESB_STORE);
    Set<Integer> reached =
        ipis.stream().map(e -> e.getInt(TraceField.SOURCE)).collect(Collectors.toSet());
    reached.add(ipis.get(0).vcpu());
    assertEquals(3, ipis.size());
    assertEquals(Set.of(0, 1, 2, 3), reached);
  }

  @Test
  void parkThatRanOut_imported_makesNothing() throws IOException {
    try (Recorded recorded = new Recorded()) {
      recorded.park.begin(1000, 500, recorded.thread(1)).putLong(500).commit();
      for (int i = 0; i < 100; i++) {
        recorded.park.begin(9000 + i, 499, recorded.thread(1)).putLong(500).commit();
        recorded.park.begin(99000 + i, 499, recorded.thread(1)).putLong(Long.MIN_VALUE).commit();
      }
      recorded.writer.finish();
    }
    JvmImporter.Explanation park = imported(folder.resolve("rec.jfr")).rule("park");
    assertEquals(1, park.leftOut().get("ended by a timer"));
    long sameVcpu = park.leftOut().get("both threads on one vCPU: no IPI");
    assertEquals(200, park.interrupts() + sameVcpu);
    assertTrue(sameVcpu > 20 && sameVcpu < 80, "one in four: " + sameVcpu);
  }

  @Test
  void recordingThatDroppedEvents_imported_isSaidToBeASample() throws IOException {
    try (Recorded recorded = new Recorded()) {
      recorded.stop.begin(1000, 10, recorded.thread(1)).commit();
      recorded.loss.begin(1001).putLong(77).commit();
      recorded.writer.finish();
    }
    Imported imported = imported(folder.resolve("rec.jfr"));
    assertTrue(imported.header().origin().endsWith("; a sample"), imported.header().origin());
    assertTrue(
        imported.result().report().approximations().get(0).contains("dropped 77 bytes"),
        imported.result().report().approximations().toString());
  }

  @Test
  void realRecording_imported_replaysOnBothBackends() throws Exception {
    Path recording = realRecording();
    Imported imported = imported(recording, JvmRules.standard(), ReadMode.STRICT);

    assertTrue(imported.rule("unpark").interrupts() > 100, imported.result().toString());
    assertTrue(imported.rule("socket-read").interrupts() > 0, imported.result().toString());
    assertTrue(imported.header().origin().endsWith("; a sample"), imported.header().origin());
    String said = imported.result().report().approximations().toString();
    assertTrue(said.contains("jdk.SocketRead of less than 10 ms was not recorded"), said);
    byte[] first = Files.readAllBytes(folder.resolve("out.jfr"));
    Imported unusedAgain = imported(recording, JvmRules.standard(), ReadMode.STRICT);
    assertArrayEquals(first, Files.readAllBytes(folder.resolve("out.jfr")), "not the same again");

    ReplayOptions options =
        ReplayOptions.on(List.of(new XicsDeviceType(), new XiveNativeDeviceType()))
            .withSwapEvery(100);
    ReplayResult result =
        new ConcurrentReplay(
                () -> TraceEvents.of(TraceReader.open(folder.resolve("out.jfr"))),
                options,
                new Cancellation(),
                Progress.NONE)
            .run();
    assertTrue(result.isClean(), result.toString());
    assertTrue(result.delivered() > 100, result.toString());
    assertEquals(0, result.dropped(), result.toString());
  }

  @Test
  void damagedRecording_imported_isRefusedOrSalvaged() throws IOException {
    byte[] whole = Files.readAllBytes(realRecording());
    Path cut = Files.write(folder.resolve("cut.jfr"), Arrays.copyOf(whole, whole.length * 2));
    InputException e = assertThrows(InputException.class, () -> imported(cut));
    assertTrue(e.getMessage().startsWith(cut + ": byte "), e.getMessage());
    Imported salvaged = imported(cut, JvmRules.standard(), ReadMode.SALVAGE);
    assertFalse(salvaged.result().losses().isEmpty());
    assertTrue(salvaged.rule("unpark").interrupts() > 100);
  }

  private Path realRecording() throws IOException {
    Path file = folder.resolve("kafka.jfr");
    try (InputStream in =
        new GZIPInputStream(JfrReader.class.getResourceAsStream("kafka-producer-jdk17.jfr.gz"))) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'vcpus': 4 | 'vcpus': 0 | vcpus: 0 vCPUs; must be from 1 to 1024",
        "'serviceNanos': 100 | 'serviceNanos': -1 | serviceNanos: must be from 0",
        "'queues': 2 | 'queues': 0 | device disk: must have 1 or more queues",
        "'queues': 2 | 'queues': 9999 | devices: have 9999 queues; a machine has room for 3328",
        "'device': 'disk', | 'device': 'tape', | rule read: there is no device tape in devices",
        "'event': 'jdk.FileRead', | | rule read: must name an event",
        "'to': 'eventThread' | 'at': 'end' | rule notify: an ipi needs to",
        "'interrupt': 'msi' | 'interrupt': 'nmi' | rules[2].interrupt: must be one of ipi, ipi-all, msi",
        "'vcpus': 4 | 'vcpus': [] | vcpus: must be a whole number",
        "'vcpus': 4 | 'vcpus': 'four' | vcpus: must be a whole number",
        "[{'name': 'disk', 'queues': 2}] | 5 | devices: must be a list",
        "[{'name': 'disk', 'queues': 2}] | [null] | devices: each needs a name of its own",
        "['eventThread']} | 7} | rules[2].queueBy: must be a list",
        "['eventThread']} | [null]} | rule read: queueBy must have names of fields",
        "'event': 'jdk.FileRead' | 'event': {} | rules[2].event: must be a text",
        "'name': 'park' | 'name': 'read' | rule 3: needs a name of its own",
        "'name': 'park' | 'nom': 'park' | rules[1].nom: Unrecognized field",
        "'vcpus': 4 | 'vcpus': 4. | line 1: Unexpected character",
        "{'timedOut': false} | {'timedOut': [1]} | rule notify: when.timedOut must be a number",
      })
  void badRules_read_areNamed(String good, String bad, String expected) {
    String text = RULES.replace(good.replace('\'', '"'), bad == null ? "" : bad.replace('\'', '"'));
    assertFalse(text.equals(RULES), good);
    InputException e = assertThrows(InputException.class, () -> rules(text));
    String prefix = folder.resolve("rules.json") + ": " + expected;
    assertTrue(e.getMessage().startsWith(prefix), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | line 1: must be an object",
        "{ | line 1: Unexpected end-of-input: expected close marker for Object",
        "{\"rules\": [null], \"vcpus\": 1} | rule 1: needs a name of its own",
        "null | holds no rules"
      })
  void noRules_read_areNamed(String text, String expected) {
    InputException e = assertThrows(InputException.class, () -> rules(text));
    assertEquals(folder.resolve("rules.json") + ": " + expected, e.getMessage());
  }
}
