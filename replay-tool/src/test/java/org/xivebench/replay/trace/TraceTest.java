package org.xivebench.replay.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.InputException;

/** Traces that are written are read back; what is no whole trace is refused. */
final class TraceTest {
  private static final long START = 1_795_338_079_765_149_123L;
  private static final TraceHeader HEADER =
      TraceHeader.of(
          TraceMode.DUAL,
          "a test",
          List.of(0, 8),
          List.of(
              new TraceHeader.Source(0, false),
              new TraceHeader.Source(1, false),
              new TraceHeader.Source(0x1200, true),
              new TraceHeader.Source(0x7fff_ffff, false)));

  @TempDir private Path folder;

  @Test
  void everyKind_writtenAndRead_isTheSame() throws IOException {
    long seed = 11;
    Random random = new Random(seed);
    List<TraceEvent> written = new ArrayList<>();
    for (int round = 0; round < 50; round++) {
      for (TraceKind kind : TraceKind.all()) {
        written.add(randomEvent(kind, random));
      }
    }
    Path file = write(HEADER, written);

    try (TraceReader reader = TraceReader.open(file)) {
      assertEquals(HEADER, reader.header());
      for (int i = 0; i < written.size(); i++) {
        TraceEvent read = reader.next();
        assertNotNull(read, "event " + (i + 1) + ", seed " + seed);
        assertEquals(written.get(i).toString(), read.toString(), "seed " + seed);
        assertEquals(i + 1, read.sequence());
        assertEquals(written.get(i).timeNanos(), read.timeNanos());
        assertEquals(written.get(i).thread(), read.thread());
      }
      assertNull(reader.next());
    }
  }

  @Test
  void everyKind_readIntoTheCallersObjectAsFirstEvent_isTheSame() throws IOException {
    Random random = new Random(12);
    for (TraceKind kind : TraceKind.all()) {
      TraceEvent written = randomEvent(kind, random);
      Path file = write(HEADER, List.of(written));

      try (TraceReader reader = TraceReader.open(file)) {
        TraceEvent read = new TraceEvent();
        assertTrue(reader.next(read));
        assertTrue(read.sameContent(written), () -> read + " in place of " + written);
        assertFalse(reader.next(read));
      }
    }
  }

  @Test
  void trace_readByTheJdk_hasNamesAndValues() throws IOException {
    TraceEvent load = event(TraceKind.ESB_LOAD, 1, 77);
    load.set(TraceField.SOURCE, 0x1200)
        .set(TraceField.ESB_OFFSET, 0x10c00)
        .set(TraceField.VALUE, 3);
    TraceEvent notify = event(TraceKind.TCTX_NOTIFY, TraceEvent.NO_VCPU, 78);
    notify.set(TraceField.TARGET, 1).set(TraceField.NSR, 0x80);
    Path file = write(HEADER, List.of(load, notify));

    Map<String, RecordedEvent> byName = new HashMap<>();
    RecordingFile.readAllEvents(file).forEach(e -> byName.put(e.getEventType().getName(), e));

    RecordedEvent read = byName.get("org.xivebench.EsbLoad");
    assertEquals(0x1200, read.getInt("source"));
    assertEquals(0x10c00, read.getInt("offset"));
    assertEquals(3, read.getLong("value"));
    assertEquals(1, read.getInt("vcpu"));
    assertEquals("vCPU 1", read.getThread("eventThread").getOSName());
    assertEquals(Instant.ofEpochSecond(0, START), read.getStartTime());
    assertEquals(-1, byName.get("org.xivebench.TctxNotify").getInt("vcpu"));
    assertEquals("dual", byName.get("org.xivebench.TraceHeader").getString("mode"));
    assertEquals(2, byName.get("org.xivebench.TraceEnd").getLong("count"));
  }

  @Test
  void timesOutOfOrder_writtenAndRead_areKept() throws IOException {
    List<TraceEvent> events = new ArrayList<>();
    for (long offset : new long[] {0, -7_000, 5, -60_000_000_000L, 1}) {
      TraceEvent event = event(TraceKind.MACHINE_RESET, 0, 1);
      event.attribute(START + offset, 0, 1);
      events.add(event);
    }
    Path file = write(HEADER, events);

    try (TraceReader reader = TraceReader.open(file)) {
      for (TraceEvent event : events) {
        assertEquals(event.timeNanos(), reader.next().timeNanos());
      }
    }
  }

  @Test
  void manyChunks_read_areOneTrace() throws IOException {
    Path file = folder.resolve("long.jfr");
    int count = 300_000;
    try (TraceWriter writer = new TraceWriter(Files.newOutputStream(file), HEADER)) {
      for (int i = 0; i < count; i++) {
        writer.append(event(TraceKind.TIMA_STORE, i & 1, 5).set(TraceField.VALUE, i));
      }
      writer.end();
    }
    assertTrue(Files.size(file) > 4 << 20, "should take several chunks");

    try (TraceReader reader = TraceReader.open(file)) {
      long sum = 0;
      TraceEvent event;
      while ((event = reader.next()) != null) {
        sum += event.get(TraceField.VALUE);
      }
      assertEquals((long) count * (count - 1) / 2, sum);
    }
  }

  @Test
  void writerClosedWithoutEnd_read_stopsEarly() throws IOException {
    Path file = folder.resolve("unfinished.jfr");
    try (TraceWriter writer = new TraceWriter(Files.newOutputStream(file), HEADER)) {
      writer.append(event(TraceKind.MACHINE_RESET, 0, 1));
    }
    assertRefused(file, "stops early: after event 1 ");
  }

  @Test
  void sourceNotInHeader_read_isNamedWithItsEvent() throws IOException {
    TraceEvent event = event(TraceKind.SET_LINE, 0, 1).set(TraceField.SOURCE, 0x1301);
    Path file = write(HEADER, List.of(event(TraceKind.MACHINE_RESET, 0, 1), event));
    assertRefused(file, "event 2: org.xivebench.SetLine names source 0x1301, which");
  }

  @Test
  void serverNotInHeader_read_isNamedWithItsEvent() throws IOException {
    TraceEvent event = event(TraceKind.ICP_IPI, 0, 1).set(TraceField.SERVER, 1);
    Path file = write(HEADER, List.of(event));
    assertRefused(file, "event 1: org.xivebench.IcpIpi names server 1, which", "[0, 8]");
  }

  @Test
  void vcpuNotInHeader_read_isNamedWithItsEvent() throws IOException {
    Path file = write(HEADER, List.of(event(TraceKind.VCPU_ENTER, 2, 1)));
    assertRefused(file, "event 1: org.xivebench.VcpuEnter names vCPU 2, which", "2 vCPUs");
  }

  @Test
  void laterVersion_read_isRefused() throws IOException {
    TraceHeader later =
        new TraceHeader(2, TraceMode.XIVE, "later", 0x1000, List.of(0), List.of(), Set.of());
    assertRefused(write(later, List.of()), "format version 2; this program reads version 1");
  }

  @Test
  void recordingOfSomethingElse_read_isNoTrace() throws Exception {
    Path file = folder.resolve("other.jfr");
    try (jdk.jfr.Recording recording = new jdk.jfr.Recording()) {
      recording.start();
      recording.stop();
      recording.dump(file);
    }
    assertRefused(file, "holds no org.xivebench event");
  }

  @Test
  void noFile_read_isNamed() {
    assertRefused(folder.resolve("absent.jfr"), "absent.jfr: there is no such file");
    assertRefused(folder, "is a folder");
  }

  @Test
  void recorder_usedByThreads_numbersTurnsWithoutGaps() throws Exception {
    Path file = folder.resolve("recorded.jfr");
    Clock clock = Clock.fixed(Instant.ofEpochSecond(0, START), ZoneOffset.UTC);
    AtomicInteger turns = new AtomicInteger();
    try (TraceRecorder recorder =
        new TraceRecorder(new TraceWriter(Files.newOutputStream(file), HEADER), clock)) {
      List<Thread> threads = new ArrayList<>();
      for (int vcpu = 0; vcpu < 2; vcpu++) {
        int index = vcpu;
        Thread thread =
            new Thread(
                () -> {
                  for (int i = 0; i < 500; i++) {
                    try (TraceRecorder.Turn turn = recorder.turn(index)) {
                      int number = turns.incrementAndGet();
                      turn.append(turn.begin(TraceKind.TIMA_STORE).set(TraceField.VALUE, number));
                      turn.append(turn.begin(TraceKind.PIN).set(TraceField.TARGET, index));
                    }
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join(60_000);
        assertFalse(thread.isAlive(), "a recording thread hangs");
      }
      recorder.end();
    }

    try (TraceReader reader = TraceReader.open(file)) {
      for (int turn = 1; turn <= 1000; turn++) {
        TraceEvent store = reader.next();
        assertEquals(TraceKind.TIMA_STORE, store.kind());
        assertEquals(turn, store.get(TraceField.VALUE));
        int vcpu = store.vcpu();
        TraceEvent pin = reader.next();
        assertEquals(TraceKind.PIN, pin.kind());
        assertEquals(vcpu, pin.getInt(TraceField.TARGET), "another thread came between");
      }
      assertNull(reader.next());
    }
  }

  private Path write(TraceHeader header, List<TraceEvent> events) throws IOException {
    Path file = folder.resolve("trace.jfr");
    try (TraceWriter writer = new TraceWriter(Files.newOutputStream(file), header)) {
      for (TraceEvent event : events) {
        writer.append(event);
      }
      writer.end();
    }
    return file;
  }

  private static TraceEvent event(TraceKind kind, int vcpu, long thread) {
    return new TraceEvent().begin(kind, START, vcpu, thread);
  }

  /** An event with values over the whole range of each field, as far as the reader allows them. */
  private static TraceEvent randomEvent(TraceKind kind, Random random) {
    TraceEvent event =
        new TraceEvent()
            .begin(kind, START + random.nextInt(1 << 30), random.nextInt(3) - 1, random.nextInt(9));
    for (TraceField field : kind.fields()) {
      event.set(
          field,
          switch (field.check()) {
            case NOTHING -> random.nextLong() >> random.nextInt(64);
            case SOURCE -> HEADER.sources().get(random.nextInt(4)).number();
            case SERVER -> HEADER.servers().get(random.nextInt(2));
            case VCPU -> random.nextInt(2);
          });
    }
    return event;
  }

  private static void assertRefused(Path file, String... parts) {
    InputException e =
        assertThrows(
            InputException.class,
            () -> {
              try (TraceReader reader = TraceReader.open(file)) {
                while (reader.next() != null) {}
              }
            });
    assertTrue(e.getMessage().startsWith(file + ": "), e.getMessage());
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
  }
}
