package org.xivebench.replay.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.analysis.Recordings.EPOCH;
import static org.xivebench.replay.analysis.Recordings.MILLI;
import static org.xivebench.replay.analysis.Recordings.SECOND;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Timeline;
import org.xivebench.replay.analysis.section.EventsSection;
import org.xivebench.replay.analysis.section.IoSection;
import org.xivebench.replay.jfr.BrokenRecordings;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrWriter;
import org.xivebench.replay.jfr.ReadMode;

class AnalyzerTest {
  private static final EventDeclaration FILE_READ =
      EventDeclaration.named("jdk.FileRead")
          .category("Java Application")
          .withDuration()
          .withThread()
          .field("path", FieldType.STRING)
          .field(FieldDeclaration.of("bytesRead", FieldType.LONG).bytes());

  private static final EventDeclaration OTHER =
      EventDeclaration.named("org.example.Newest").field("what", FieldType.STRING);

  private static final EventDeclaration JVM =
      EventDeclaration.named("jdk.JVMInformation")
          .field("jvmName", FieldType.STRING)
          .field("javaArguments", FieldType.STRING)
          .field(FieldDeclaration.of("jvmStartTime", FieldType.LONG).timestampMillis())
          .field("pid", FieldType.LONG);

  @TempDir Path folder;

  /** 100 reads of 1 to 100 ms by two threads, one each 10 ms; and ten events of no known type. */
  private Path reads(String name, long start, long pid) throws IOException {
    return Recordings.write(
        folder.resolve(name),
        writer -> {
          jvm(writer, start, pid);
          EventEncoder read = writer.declare(FILE_READ);
          EventEncoder other = writer.declare(OTHER);
          int[] threads = {
            writer.thread("one", 11, "reader-one", 11), writer.thread("two", 12, "writer-two", 12)
          };
          for (int i = 0; i < 100; i++) {
            read.begin(start + 10 * MILLI * i, MILLI * (i + 1), threads[i % 2])
                .putString(i % 4 == 0 ? "/data/a" : "/data/b")
                .putLong(1000)
                .commit();
            if (i % 10 == 0) {
              other.begin(start + 10 * MILLI * i).putString("new").commit();
            }
          }
        });
  }

  private static void jvm(JfrWriter writer, long start, long pid) throws IOException {
    writer
        .declare(JVM)
        .begin(start)
        .putString("Some JVM")
        .putString("org.example.Main --go")
        .putLong(EPOCH / MILLI)
        .putLong(pid)
        .commit();
  }

  private static Breakdown fileReads(JvmAnalysis jvm) {
    return jvm.breakdown(IoSection.FILE, IoSection.READ).orElseThrow();
  }

  private static long countOf(JvmAnalysis jvm, String type) {
    Table types = jvm.table(EventsSection.NAME, EventsSection.TYPES).orElseThrow();
    return types.rows().stream()
        .filter(row -> row.get(0).equals(type))
        .mapToLong(row -> (Long) row.get(1))
        .sum();
  }

  @Test
  void section_hasCountTotalPercentilesKeysAndTheWorst() throws IOException {
    JvmAnalysis jvm = Recordings.analyzeOne(reads("r.jfr", EPOCH, 1));
    Breakdown reads = fileReads(jvm);
    assertEquals(100, reads.all().count());
    assertEquals(5_050 * MILLI, reads.all().total());
    assertEquals(100 * MILLI, reads.all().max());
    assertEquals(50.0, reads.all().p50() / 1e6, 0.5);
    assertEquals(99.0, reads.all().p99() / 1e6, 1.0);
    assertEquals(
        List.of("/data/b", "/data/a"), reads.entries().stream().map(Breakdown.Entry::key).toList());
    assertEquals(25, reads.entries().get(1).values().count());
    Occurrence worst = reads.worst().get(0);
    assertEquals(100 * MILLI, worst.value());
    assertEquals(EPOCH + 990 * MILLI, worst.timeNanos());
    assertEquals("writer-two", worst.thread());
    assertEquals("/data/b, 1000 bytes read", worst.what());
  }

  @Test
  void eventTypesThatNoSectionKnows_areCounted() throws IOException {
    assertEquals(
        10, countOf(Recordings.analyzeOne(reads("r.jfr", EPOCH, 1)), "org.example.Newest"));
  }

  @Test
  void timeline_hasTheTimeOfEachThread() throws IOException {
    Timeline timeline = Recordings.analyzeOne(reads("r.jfr", EPOCH, 1)).timeline();
    assertEquals(
        List.of("writer-two", "reader-one"),
        timeline.lanes().stream().map(Timeline.Lane::name).toList());
    Timeline.Track track = timeline.lanes().get(0).tracks().get(0);
    assertEquals("file", track.state());
    assertEquals(2_550 * MILLI, track.total());
  }

  @Test
  void filters_byEventCategoryThreadAndTime_leaveTheOthersOut() throws IOException {
    Path file = reads("r.jfr", EPOCH, 1);
    EventFilter all = EventFilter.ALL;
    assertEquals(
        100,
        analysed(file, List.of("File*"), List.of(), List.of(), all.fromNanos(), all.toNanos()));
    assertEquals(
        100,
        analysed(file, List.of(), List.of("Java*"), List.of(), all.fromNanos(), all.toNanos()));
    assertEquals(
        50,
        analysed(file, List.of(), List.of(), List.of("reader-*"), all.fromNanos(), all.toNanos()));
    assertEquals(
        32,
        analysed(file, List.of(), List.of(), List.of(), EPOCH + 100 * MILLI, EPOCH + 390 * MILLI));
  }

  private static long analysed(
      Path file,
      List<String> events,
      List<String> categories,
      List<String> threads,
      long from,
      long to)
      throws IOException {
    EventFilter filter = new EventFilter(events, categories, threads, from, to);
    JvmAnalysis jvm = Recordings.analyze(filter, file).jvms().get(0);
    assertEquals("Main, process 1", jvm.name(), "what describes the JVM is read in any case");
    return jvm.events();
  }

  @Test
  void filter_thatMatchesNoType_isWrongUsage() throws IOException {
    Path file = reads("r.jfr", EPOCH, 1);
    EventFilter filter =
        new EventFilter(
            List.of("jdk.FileRaed"), List.of(), List.of(), Long.MIN_VALUE, Long.MAX_VALUE);
    UsageException e = assertThrows(UsageException.class, () -> Recordings.analyze(filter, file));
    assertTrue(e.getMessage().contains("jdk.FileRaed"), e.getMessage());
  }

  @Test
  void filesOfOneJvm_arePutTogether_andOthersKeptApart() throws IOException {
    Path second = reads("b.jfr", EPOCH + 2 * SECOND, 1);
    Path first = reads("z.jfr", EPOCH, 1);
    Path other = reads("a.jfr", EPOCH + SECOND, 2);
    Analysis analysis = Recordings.analyze(EventFilter.ALL, second, other, first);
    assertEquals(2, analysis.jvms().size());
    JvmAnalysis jvm = analysis.jvms().get(0);
    assertEquals("Main, process 1", jvm.name());
    assertEquals(List.of(first.toString(), second.toString()), jvm.files());
    assertEquals(200, fileReads(jvm).all().count());
    assertEquals(10_100 * MILLI, fileReads(jvm).all().total());
    assertEquals(EPOCH, jvm.startNanos());
    assertEquals(2, jvm.chunks());
    assertEquals("Main, process 2", analysis.jvms().get(1).name());
    assertEquals(100, fileReads(analysis.jvms().get(1)).all().count());
  }

  @Test
  void recordingsJoinedInOneFile_areSplitIntoTheirJvms() throws IOException {
    Path joined = folder.resolve("joined.jfr");
    Files.write(
        joined,
        BrokenRecordings.join(
            BrokenRecordings.sound(), Files.readAllBytes(reads("r.jfr", EPOCH, 1))));
    Analysis analysis = Recordings.analyze(EventFilter.ALL, joined);
    assertEquals(
        List.of("Main, process 1", "ProducerPerformance, process 19079"),
        analysis.jvms().stream().map(JvmAnalysis::name).toList());
    assertEquals(10_894, analysis.jvms().get(1).events());
  }

  @Test
  void clockThatWentBack_isAnalysed_andSaidToOverlap() throws IOException {
    // The same JVM begins its second chunk before the end of its first.
    long sample = 1_763_800_834_360_000_000L;
    Path file = folder.resolve("back.jfr");
    Files.write(
        file,
        BrokenRecordings.join(
            BrokenRecordings.startingAt(sample), BrokenRecordings.startingAt(sample - 5 * SECOND)));
    Analysis analysis = Recordings.analyze(EventFilter.ALL, file);
    assertEquals(1, analysis.jvms().size());
    JvmAnalysis jvm = analysis.jvms().get(0);
    assertEquals(2 * 10_894, jvm.events());
    assertEquals(sample - 5 * SECOND, jvm.startNanos());
    assertTrue(
        jvm.findings().stream()
            .anyMatch(f -> f.summary().startsWith("1 of 2 chunks overlap others")),
        () -> jvm.findings().toString());
  }

  /** A chunk of the JVM that begins so many seconds after its first one. */
  private static byte[] chunk(long seconds) throws IOException {
    return BrokenRecordings.startingAt(EPOCH + seconds * SECOND);
  }

  private static Analysis analyzeDumps(Path... files) throws IOException {
    return Recordings.analyze(EventFilter.ALL, files);
  }

  @Test
  void dumpsOfOneRecording_haveChunksInCommon_whichCountOnce() throws IOException {
    Path first = Files.write(folder.resolve("dump1.jfr"), chunk(0));
    Path second =
        Files.write(folder.resolve("dump2.jfr"), BrokenRecordings.join(chunk(0), chunk(100)));
    Path beside = Files.write(folder.resolve("beside.jfr"), chunk(100));
    for (Path[] files :
        new Path[][] {
          {first, second, beside}, {beside, second, first}, {second, beside}, {second, second}
        }) {
      Analysis analysis = analyzeDumps(files);
      String order = List.of(files).toString();
      assertEquals(1, analysis.jvms().size(), order);
      JvmAnalysis jvm = analysis.jvms().get(0);
      assertEquals(2 * 10_894, jvm.events(), order);
      assertEquals(2, jvm.chunks(), order);
      assertEquals(Set.copyOf(names(files)), Set.copyOf(jvm.files()), order);
      assertEquals(
          List.of("repeated-chunks"),
          jvm.findings().stream()
              .map(Finding::rule)
              .filter(rule -> Set.of("repeated-chunks", "lost-events").contains(rule))
              .toList(),
          order);
    }
  }

  private static List<String> names(Path... files) {
    return List.of(files).stream().map(Path::toString).distinct().toList();
  }

  @Test
  void chunksThatBeginAlike_butDiffer_bothCount() throws IOException {
    byte[] other = chunk(0);
    int event = 100_000;
    other[event + 9] ^= 1; // somewhere in the events, so that only the bytes tell them apart
    Path first = Files.write(folder.resolve("a.jfr"), chunk(0));
    Path second = Files.write(folder.resolve("b.jfr"), other);
    Analysis analysis =
        new Analyzer(new AnalysisOptions(EventFilter.ALL, ReadMode.SALVAGE, 10))
            .analyze(
                List.of(RecordingInput.of(first), RecordingInput.of(second)),
                Progress.NONE,
                new Cancellation());
    assertTrue(analysis.jvms().get(0).events() > 3 * 10_894 / 2);
  }

  @Test
  void recordingWithoutEvents_isAnalysed_andSaidToBeEmpty() throws IOException {
    Path file =
        Recordings.write(
            folder.resolve("none.jfr"),
            writer -> writer.declare(OTHER).begin(EPOCH).putString("x").commit());
    EventFilter later =
        new EventFilter(List.of(), List.of(), List.of(), EPOCH + SECOND, Long.MAX_VALUE);
    JvmAnalysis jvm = Recordings.analyze(later, file).jvms().get(0);
    assertEquals(0, jvm.events());
    assertEquals("no-events", jvm.findings().get(0).rule());
  }

  @Test
  void cancellation_endsEarlyWithWhatThereIs() throws IOException {
    Cancellation cancellation = new Cancellation();
    cancellation.request();
    Analysis analysis =
        new Analyzer(new AnalysisOptions(EventFilter.ALL, ReadMode.STRICT, 10))
            .analyze(
                List.of(RecordingInput.of(reads("r.jfr", EPOCH, 1))), Progress.NONE, cancellation);
    assertTrue(analysis.interrupted());
    assertEquals(1, analysis.jvms().size());
  }
}
