package org.xivebench.replay.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link JfrReader} delivers of sound recordings, mostly beside {@link RecordingFile}. */
class JfrReaderTest {
  @TempDir Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("recording.jfr"), bytes);
  }

  private static JfrReader stream(byte[]... parts) throws IOException {
    InputStream in = InputStream.nullInputStream();
    for (byte[] part : parts) {
      in = new SequenceInputStream(in, new ByteArrayInputStream(part));
    }
    return JfrReader.open(in, "stream", ReadMode.STRICT);
  }

  /** An event with what JVM events of the samples do not have. */
  @jdk.jfr.Name("org.example.Odd")
  static final class OddEvent extends jdk.jfr.Event {
    String text;
    Class<?> type;
    Thread thread;
    char letter;
    double real;
    boolean flag;
    short small;
    byte tiny;
    float single;
  }

  @Test
  void rows_haveWhatTheCursorShows() throws IOException {
    Path file = folder.resolve("rows.jfr");
    try (Recording recording = new Recording()) {
      recording.start();
      for (int i = 0; i < 300; i++) {
        OddEvent event = new OddEvent();
        event.begin();
        event.letter = (char) i;
        event.real = i;
        event.flag = i % 3 == 0;
        event.tiny = (byte) i;
        event.commit();
      }
      recording.dump(file);
    }
    String[] fields = {"startTime", "duration", "letter", "none", "real", "flag", "tiny"};
    long[] row = new long[fields.length];
    try (JfrReader rows = JfrReader.open(file);
        JfrReader cursors = JfrReader.open(file)) {
      EventCursor byRow = rows.selectRows(JfrReader.named("org.example.Odd"), fields);
      EventCursor byCursor = cursors.select("org.example.Odd", fields);
      for (int i = 0; i < 300; i++) {
        assertSame(byCursor, cursors.next());
        assertSame(byRow, rows.next(row));
        for (int slot = 0; slot < fields.length; slot++) {
          long expected =
              slot == 4
                  ? Double.doubleToRawLongBits(byCursor.getDouble(slot))
                  : byCursor.getLong(slot);
          assertEquals(expected, row[slot], fields[slot] + " of event " + i);
        }
        assertEquals(byCursor.getNanos(0), byRow.getNanos(0));
      }
      assertNull(rows.next(row));
    }
  }

  @Test
  void recordingOfThisJvm_isTheSameAsByRecordingFile() throws IOException {
    Path file = folder.resolve("own.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.JVMInformation");
      recording.enable("jdk.InitialSystemProperty");
      recording.enable("jdk.GCHeapSummary");
      recording.start();
      for (int i = 0; i < 50; i++) {
        OddEvent event = new OddEvent();
        event.begin();
        event.text = i % 3 == 0 ? null : "ünïcode ✓ ".repeat(i % 5);
        event.type = i % 2 == 0 ? int[][].class : Map.Entry.class;
        event.thread = Thread.currentThread();
        event.letter = (char) (0x20ac + i);
        event.real = -i / 7.0;
        event.flag = i % 2 == 0;
        event.small = (short) (-i * 1000);
        event.tiny = (byte) (100 + i);
        event.single = i / 3f;
        event.commit();
      }
      recording.stop();
      recording.dump(file);
    }
    ReferenceComparison.Result result = ReferenceComparison.compare(file);
    assertTrue(result.same(), result.toString());
    assertTrue(result.events() > 50, result.toString());
  }

  @Test
  void recordingOfAProgram_isTheSameAsByRecordingFile() throws IOException {
    ReferenceComparison.Result result = ReferenceComparison.compare(file(Samples.kafkaProducer()));
    assertTrue(result.same(), result.toString());
    assertEquals(10_894, result.events());
  }

  @Test
  void chunksOfSeveralJvms_areEachReadByTheirOwnMetadata() throws IOException {
    byte[] first = Samples.killedJdk17();
    byte[] second = Samples.kafkaProducer();
    byte[] third = Samples.killedJdk25();
    Map<String, Long> expected = new TreeMap<>(counts(stream(first)));
    counts(stream(second)).forEach((type, count) -> expected.merge(type, count, Long::sum));
    counts(stream(third)).forEach((type, count) -> expected.merge(type, count, Long::sum));
    assertEquals(expected, counts(stream(first, second, third)));
    List<Integer> jvms = new ArrayList<>();
    try (JfrReader reader = stream(first, second, third)) {
      reader.onChunk(chunk -> jvms.add(chunk.jvm()));
      reader.readAll();
    }
    assertEquals(List.of(1, 2, 3), jvms);
  }

  private static Map<String, Long> counts(JfrReader opened) throws IOException {
    Map<String, Long> counts = new TreeMap<>();
    try (JfrReader reader = opened) {
      EventCursor all = reader.select(type -> true);
      while (reader.next() != null) {
        counts.merge(all.type().name(), 1L, Long::sum);
      }
    }
    return counts;
  }

  @Test
  void chunksOfOneJvm_shareItsClock() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Path file = folder.resolve("chunks.jfr");
    try (JfrWriter writer = JfrWriter.create(file, 100)) {
      EventEncoder tick = writer.declare(EventDeclaration.named("org.example.Tick"));
      for (int i = 0; i < 100; i++) {
        tick.begin(1_000_000_000L + i).commit();
      }
      writer.finish();
    }
    byte[] written = Files.readAllBytes(file);
    bytes.write(written, 0, written.length);
    List<Integer> jvms = new ArrayList<>();
    try (JfrReader reader = stream(bytes.toByteArray())) {
      reader.onChunk(chunk -> jvms.add(chunk.jvm()));
      reader.readAll();
    }
    assertTrue(jvms.size() > 3, "chunks: " + jvms.size());
    assertEquals(List.of(1), jvms.stream().distinct().toList());
  }

  @Test
  void pathsIntoConstantsAndStructures_giveWhatRecordingFileGives() throws IOException {
    Path file = file(Samples.kafkaProducer());
    List<String> expected = new ArrayList<>();
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (event.getEventType().getName().equals("jdk.GCHeapSummary")) {
          expected.add(event.getString("when") + event.getLong("heapSpace.committedSize"));
        } else if (event.getEventType().getName().equals("jdk.ObjectAllocationSample")) {
          expected.add(
              event.getThread("eventThread").getJavaName()
                  + event.getClass("objectClass").getName());
        }
      }
    }
    List<String> actual = new ArrayList<>();
    try (JfrReader reader = JfrReader.open(file)) {
      EventCursor heap = reader.select("jdk.GCHeapSummary", "heapSpace.committedSize", "when");
      EventCursor allocation =
          reader.select("jdk.ObjectAllocationSample", "objectClass.name", "eventThread.javaName");
      for (EventCursor event; (event = reader.next()) != null; ) {
        if (event == heap) {
          actual.add(heap.getString(1) + heap.getLong(0));
        } else {
          actual.add(allocation.getString(1) + allocation.getString(0).replace('/', '.'));
        }
      }
    }
    assertEquals(expected, actual);
    assertFalse(expected.isEmpty());
  }

  @Test
  void threadsMethodsAndFrames_giveWhatRecordingFileGives() throws IOException {
    Path file = file(Samples.kafkaProducer());
    List<RecordedEvent> samples =
        RecordingFile.readAllEvents(file).stream()
            .filter(e -> e.getEventType().getName().equals("jdk.ExecutionSample"))
            .toList();
    try (JfrReader reader = JfrReader.open(file)) {
      EventCursor sample =
          reader.select("jdk.ExecutionSample", "sampledThread", "stackTrace", "state");
      for (RecordedEvent expected : samples) {
        assertSame(sample, reader.next());
        ThreadInfo thread = sample.getThread(0);
        assertEquals(expected.getThread("sampledThread").getJavaName(), thread.javaName());
        assertEquals(expected.getThread("sampledThread").getJavaThreadId(), thread.javaThreadId());
        assertEquals(expected.getString("state"), sample.getString(2));
        StackTrace stack = sample.getStackTrace(1);
        assertEquals(expected.getStackTrace().isTruncated(), stack.truncated());
        assertEquals(expected.getStackTrace().getFrames().size(), stack.frames().size());
        assertEquals(stack.frames().size(), sample.getStackDepth(1));
        for (int i = 0; i < stack.frames().size(); i++) {
          StackFrame frame = stack.frames().get(i);
          var reference = expected.getStackTrace().getFrames().get(i);
          assertEquals(reference.getLineNumber(), frame.lineNumber());
          assertEquals(reference.getBytecodeIndex(), frame.bytecodeIndex());
          assertEquals(reference.getType(), frame.type());
          assertEquals(reference.getMethod().getName(), frame.method().name());
          assertEquals(reference.getMethod().getDescriptor(), frame.method().descriptor());
          assertEquals(reference.getMethod().getType().getName(), frame.method().className());
        }
      }
      assertNull(reader.next());
    }
    assertFalse(samples.isEmpty());
  }

  @Test
  void field_thatATypeHasNot_readsAsNothing() throws IOException {
    try (JfrReader reader = stream(Samples.killedJdk17())) {
      EventCursor event =
          reader.select("jdk.JVMInformation", "noSuchField", "pid.noSuchField", "jvmName");
      assertSame(event, reader.next());
      assertFalse(event.has(0));
      assertFalse(event.has(1));
      assertTrue(event.has(2));
      assertEquals(0, event.getLong(0));
      assertEquals(0, event.getNanos(0));
      assertEquals(0.0, event.getDouble(0));
      assertNull(event.getString(0));
      assertNull(event.getThread(0));
      assertEquals(0, event.getStackDepth(0));
      assertNotNull(event.getString(2));
    }
  }

  @Test
  void event_ofTwoSelections_comesOnceForEach() throws IOException {
    try (JfrReader reader = stream(Samples.killedJdk17())) {
      EventCursor one = reader.select("jdk.JVMInformation", "pid");
      List<Long> handled = new ArrayList<>();
      reader.on("jdk.JVMInformation", e -> handled.add(e.getLong(0)), "pid");
      EventCursor two = reader.select("jdk.JVMInformation", "jvmName", "pid");
      assertSame(one, reader.next());
      long pid = one.getLong(0);
      assertSame(two, reader.next());
      assertEquals(pid, two.getLong(1));
      assertEquals(List.of(pid), handled);
    }
  }

  @Test
  void selection_afterTheFirstEvent_isRefused() throws IOException {
    try (JfrReader reader = stream(Samples.killedJdk17())) {
      reader.select("jdk.JVMInformation");
      reader.next();
      assertThrows(IllegalStateException.class, () -> reader.select("jdk.CPULoad"));
    }
  }

  @Test
  void handler_thatThrows_endsTheReading() throws IOException {
    try (JfrReader reader = stream(Samples.killedJdk17())) {
      reader.on(
          type -> true,
          event -> {
            throw new IOException("disk full");
          });
      IOException thrown = assertThrows(IOException.class, reader::readAll);
      assertEquals("disk full", thrown.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource(ReadMode.class)
  void gzip_namedAsItLikes_isReadFromFileAndStream(ReadMode mode) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(Samples.killedJdk17());
    }
    Map<String, Long> expected = counts(stream(Samples.killedJdk17()));
    assertEquals(expected, counts(JfrReader.open(file(packed.toByteArray()), mode)));
    assertEquals(
        expected,
        counts(JfrReader.open(new ByteArrayInputStream(packed.toByteArray()), "gz", mode)));
  }

  @Test
  void unfinishedChunk_isReadAndToldOf() throws IOException {
    try (JfrReader reader = stream(Samples.killedJdk25())) {
      Completeness completeness = Completeness.of(reader);
      reader.readAll();
      assertEquals(1, reader.unfinishedChunks());
      assertFalse(completeness.nothingLost());
      assertFalse(completeness.isComplete());
      assertTrue(
          completeness.reasons().get(0).contains("killed"), completeness.reasons()::toString);
    }
  }

  @Test
  void settings_ofTheRecording_areTold() throws IOException {
    try (JfrReader reader = stream(Samples.kafkaProducer())) {
      Completeness completeness = Completeness.of(reader);
      reader.readAll();
      assertTrue(completeness.hasSettings());
      assertTrue(completeness.nothingLost());
      assertEquals("10 ms", completeness.thresholds().get("jdk.ThreadPark"));
      assertEquals(Map.of("jdk.ObjectAllocationSample", "300/s"), completeness.throttled());
      assertFalse(completeness.isComplete("jdk.ObjectAllocationSample"));
      assertFalse(completeness.isComplete("jdk.ThreadPark"));
      assertTrue(completeness.isComplete("jdk.GarbageCollection"));
    }
  }

  @Test
  void metadata_tellsLabelsCategoriesAndUnits() throws IOException {
    try (JfrReader reader = stream(Samples.killedJdk17())) {
      EventCursor all = reader.select("jdk.JVMInformation");
      reader.next();
      TypeInfo park = reader.metadata().type("jdk.ThreadPark");
      assertEquals("Java Thread Park", park.label());
      assertEquals(List.of("Java Application"), park.categories());
      assertTrue(park.field("duration").isTimespan());
      assertTrue(park.field("startTime").isTimestamp());
      assertFalse(park.field("address").isTimespan());
      assertEquals("jdk.JVMInformation", all.type().name());
    }
  }
}
