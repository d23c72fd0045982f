package org.xivebench.replay.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Timespan;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.IMCThread;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.common.item.IMemberAccessor;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.common.unit.UnitLookup;
import org.openjdk.jmc.flightrecorder.CouldNotLoadRecordingException;
import org.openjdk.jmc.flightrecorder.JfrAttributes;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

/** What {@link JfrWriter} writes, read by the JDK's reader and tools and by {@link JfrReader}. */
class JfrWriterTest {
  private static final long EPOCH = 1_700_000_000_123_456_789L;

  private static final EventDeclaration EVERYTHING =
      EventDeclaration.named("org.example.Everything")
          .label("Every Kind of Field")
          .description("Has a field of each type.")
          .category("Example", "All of Them")
          .withDuration()
          .withThread()
          .field("flag", FieldType.BOOLEAN)
          .field("tiny", FieldType.BYTE)
          .field("small", FieldType.SHORT)
          .field("letter", FieldType.CHAR)
          .field(FieldDeclaration.of("number", FieldType.INT).label("A Number").unsigned())
          .field(FieldDeclaration.of("address", FieldType.LONG).address())
          .field("single", FieldType.FLOAT)
          .field("real", FieldType.DOUBLE)
          .field("text", FieldType.STRING)
          .field(FieldDeclaration.of("wait", FieldType.LONG).timespanNanos())
          .field("other", FieldType.THREAD);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("written.jfr");
  }

  private static void put(EventEncoder event, int i, int one, int two) throws IOException {
    event
        .begin(EPOCH + 1_000L * i, 10L + i, i % 2 == 0 ? one : two)
        .putBoolean(i % 3 == 0)
        .putByte(-1 - i % 100)
        .putShort(-30_000 + i)
        .putChar((char) ('a' + i % 26))
        .putInt(-5 - i)
        .putLong(Long.MIN_VALUE + i)
        .putFloat(i / 8f)
        .putDouble(-i / 3.0)
        .putString(i % 5 == 0 ? null : i % 5 == 1 ? "" : "täxt " + i % 7)
        .putLong(1L << i % 63)
        .putThread(i % 4 == 0 ? 0 : two)
        .commit();
  }

  private Path write(int count, int chunkBytes) throws IOException {
    try (JfrWriter writer = JfrWriter.create(file(), chunkBytes)) {
      EventEncoder event = writer.declare(EVERYTHING);
      int one = writer.thread("vcpu-0", 4711, "vCPU 0", 31);
      int two = writer.thread("kworker", 4712, null, 0);
      for (int i = 0; i < count; i++) {
        put(event, i, one, two);
      }
      writer.finish();
    }
    return file();
  }

  @Test
  void fields_ofEveryType_areReadBackByTheJdk() throws IOException {
    int i = 0;
    try (RecordingFile recording = new RecordingFile(write(500, 4_000))) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        assertEquals("org.example.Everything", event.getEventType().getName());
        assertEquals("Every Kind of Field", event.getEventType().getLabel());
        assertEquals(List.of("Example", "All of Them"), event.getEventType().getCategoryNames());
        assertEquals(instant(EPOCH + 1_000L * i), event.getStartTime());
        assertEquals(10L + i, event.getDuration().toNanos());
        assertEquals(i % 2 == 0 ? "vcpu-0" : "kworker", event.getThread().getOSName());
        assertEquals(i % 2 == 0 ? "vCPU 0" : null, event.getThread().getJavaName());
        assertEquals(i % 2 == 0 ? 4711 : 4712, event.getThread().getOSThreadId());
        assertEquals(i % 3 == 0, event.getBoolean("flag"));
        assertEquals((byte) (-1 - i % 100), event.getByte("tiny"));
        assertEquals((short) (-30_000 + i), event.getShort("small"));
        assertEquals((char) ('a' + i % 26), event.getChar("letter"));
        assertEquals(Integer.valueOf(-5 - i), event.<Integer>getValue("number"));
        assertEquals(Integer.toUnsignedLong(-5 - i), event.getLong("number"));
        assertEquals(Long.MIN_VALUE + i, event.getLong("address"));
        assertEquals(i / 8f, event.getFloat("single"));
        assertEquals(-i / 3.0, event.getDouble("real"));
        String text = i % 5 == 0 ? null : i % 5 == 1 ? "" : "täxt " + i % 7;
        assertEquals(text, event.getString("text"));
        assertEquals(1L << i % 63, event.getDuration("wait").toNanos());
        assertEquals(
            Timespan.NANOSECONDS,
            event.getEventType().getField("wait").getAnnotation(Timespan.class).value());
        assertEquals(i % 4 == 0, event.getThread("other") == null);
        i++;
      }
    }
    assertEquals(500, i);
  }

  @Test
  void recording_inManyChunks_readsTheSameAsByRecordingFile() throws IOException {
    Path file = write(2_000, 3_000);
    try (JfrReader reader = JfrReader.open(file)) {
      EventCursor all = reader.select(type -> true);
      int lastChunk = 0;
      while (reader.next() != null) {
        lastChunk = all.chunk().number();
      }
      assertTrue(lastChunk > 20, "chunks: " + lastChunk);
    }
    ReferenceComparison.Result result = ReferenceComparison.compare(file);
    assertTrue(result.same(), result.toString());
    assertEquals(2_000, result.events());
  }

  @Test
  void events_outOfOrder_keepTheirTimes() throws IOException {
    long[] times = {EPOCH, EPOCH - 5_000_000_000L, EPOCH + 7, EPOCH - 9};
    try (JfrWriter writer = JfrWriter.create(file())) {
      EventEncoder event = writer.declare(EventDeclaration.named("org.example.Tick"));
      for (long time : times) {
        event.begin(time).commit();
      }
      writer.finish();
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file());
    for (int i = 0; i < times.length; i++) {
      assertEquals(instant(times[i]), events.get(i).getStartTime());
    }
  }

  @Test
  void recording_withoutEvents_isReadableAndEmpty() throws IOException {
    try (JfrWriter writer = JfrWriter.create(file())) {
      writer.declare(EVERYTHING);
      writer.finish();
    }
    assertEquals(List.of(), RecordingFile.readAllEvents(file()));
    try (JfrReader reader = JfrReader.open(file())) {
      reader.select(type -> true);
      assertNull(reader.next());
    }
  }

  @Test
  void typeDeclaredBetweenChunks_isReadByTheJdk() throws IOException {
    try (JfrWriter writer = JfrWriter.create(file(), 100)) {
      EventEncoder tick = writer.declare(EventDeclaration.named("org.example.Tick"));
      for (int i = 0; i < 100; i++) {
        tick.begin(EPOCH + i).commit();
      }
      EventEncoder tock =
          writer.declare(
              EventDeclaration.named("org.example.Tock").field("text", FieldType.STRING));
      for (int i = 0; i < 100; i++) {
        tock.begin(EPOCH + 100 + i).putString("t" + i % 3).commit();
      }
      writer.finish();
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file());
    assertEquals(200, events.size());
    assertEquals("t0", events.get(199).getString("text"));
  }

  @Test
  void close_withoutFinish_leavesNothingAndKeepsTheOldFile() throws IOException {
    Files.writeString(file(), "the file of before");
    try (JfrWriter writer = JfrWriter.create(file())) {
      writer.declare(EventDeclaration.named("org.example.Tick")).begin(EPOCH).commit();
    }
    assertEquals("the file of before", Files.readString(file()));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(file()), left.toList());
    }
  }

  @Test
  void finish_putsTheFileInPlace_andNothingElse() throws IOException {
    write(10, 1 << 20);
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(file()), left.toList());
    }
  }

  @Test
  void sameInput_givesTheSameBytes() throws IOException {
    byte[] first = Files.readAllBytes(write(50, 1_000));
    assertEquals(0, Arrays.compare(first, Files.readAllBytes(write(50, 1_000))));
  }

  @Test
  void stream_takesWhatAFileTakes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JfrWriter writer = JfrWriter.to(bytes)) {
      writer.declare(EventDeclaration.named("org.example.Tick")).begin(EPOCH).commit();
      writer.finish();
    }
    try (JfrReader reader =
        JfrReader.open(new ByteArrayInputStream(bytes.toByteArray()), "stream", ReadMode.STRICT)) {
      EventCursor tick = reader.select("org.example.Tick", "startTime");
      assertEquals(tick, reader.next());
      assertEquals(EPOCH, tick.getNanos(0));
      assertNull(reader.next());
    }
  }

  @Test
  void put_ofTheWrongType_isRefused() throws IOException {
    try (JfrWriter writer = JfrWriter.create(file())) {
      EventEncoder event = writer.declare(EVERYTHING);
      event.begin(EPOCH);
      assertThrows(IllegalStateException.class, () -> event.putInt(1));
      assertThrows(IllegalStateException.class, event::commit);
      EventEncoder other = writer.declare(EventDeclaration.named("org.example.Tick"));
      assertThrows(IllegalStateException.class, () -> other.begin(EPOCH));
    }
  }

  @Test
  void missionControl_loadsTheEvents() throws IOException, CouldNotLoadRecordingException {
    Path file = write(500, 4_000);
    long events = 0;
    for (IItemIterable items : JfrLoaderToolkit.loadEvents(file.toFile())) {
      assertEquals("org.example.Everything", items.getType().getIdentifier());
      IMemberAccessor<IQuantity, IItem> start =
          JfrAttributes.START_TIME.getAccessor(items.getType());
      IMemberAccessor<IMCThread, IItem> thread =
          JfrAttributes.EVENT_THREAD.getAccessor(items.getType());
      for (IItem item : items) {
        long nanos = start.getMember(item).clampedLongValueIn(UnitLookup.EPOCH_NS);
        assertEquals(0, (nanos - EPOCH) % 1_000);
        int i = (int) ((nanos - EPOCH) / 1_000);
        assertEquals(i % 2 == 0 ? "vCPU 0" : "kworker", thread.getMember(item).getThreadName());
        events++;
      }
    }
    assertEquals(500, events);
  }

  @Test
  void jfrTool_printsTheEvents() throws IOException, InterruptedException {
    Path file = write(30, 700);
    String summary = jfr("summary", file.toString());
    assertTrue(summary.contains("org.example.Everything"), summary);
    String printed = jfr("print", "--events", "org.example.Everything", file.toString());
    assertEquals(30, printed.split("org\\.example\\.Everything \\{", -1).length - 1);
    assertTrue(printed.contains("address = 0x8000000000000001"), printed);
    if (Runtime.version().feature() >= 21) {
      String view = jfr("view", "org.example.Everything", file.toString());
      assertTrue(view.contains("Every Kind of Field"), view);
    }
  }

  /** Runs the {@code jfr} of the JDK that runs the test. */
  private static String jfr(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jfr").toString());
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static Instant instant(long nanos) {
    return Instant.ofEpochSecond(
        Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L));
  }
}
