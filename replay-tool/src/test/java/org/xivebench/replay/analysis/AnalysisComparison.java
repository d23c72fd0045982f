package org.xivebench.replay.analysis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.section.CompletenessSection;
import org.xivebench.replay.analysis.section.EventsSection;
import org.xivebench.replay.analysis.text.CsvReport;
import org.xivebench.replay.analysis.text.JsonReport;
import org.xivebench.replay.analysis.text.SortKey;
import org.xivebench.replay.analysis.text.TextOptions;
import org.xivebench.replay.analysis.text.TextReport;
import org.xivebench.replay.html.HtmlReport;
import org.xivebench.replay.jfr.RecordingException;

/**
 * Analyses recordings to text, JSON, CSV and a page, and compares counts and durations, by event
 * type and in the sections that tell of one event type, with what the JDK's {@link RecordingFile}
 * reads: that is what {@code jfr summary} and {@code jfr print} show. {@code main} takes files and
 * folders and prints a line for each.
 */
final class AnalysisComparison {
  /** RecordingFile rounds begin and end of an event each; we round the duration once. */
  private static final long ROUNDING_NANOS = 2;

  /** Breakdowns of which each value is the duration of one event, {@code section.breakdown}. */
  private static final Map<String, String> TYPE_OF_BREAKDOWN =
      Map.ofEntries(
          Map.entry("gc.pauses", "jdk.GCPhasePause"),
          Map.entry("gc.collections", "jdk.GarbageCollection"),
          Map.entry("locks.monitorEnter", "jdk.JavaMonitorEnter"),
          Map.entry("locks.monitorWait", "jdk.JavaMonitorWait"),
          Map.entry("locks.park", "jdk.ThreadPark"),
          Map.entry("locks.sleep", "jdk.ThreadSleep"),
          Map.entry("locks.pinned", "jdk.VirtualThreadPinned"),
          Map.entry("socket.read", "jdk.SocketRead"),
          Map.entry("socket.write", "jdk.SocketWrite"),
          Map.entry("file.read", "jdk.FileRead"),
          Map.entry("file.write", "jdk.FileWrite"),
          Map.entry("file.force", "jdk.FileForce"));

  /**
   * Events and their durations.
   *
   * @param nanos all durations together
   * @param maxNanos the longest
   */
  private record Sum(long count, long nanos, long maxNanos) {
    static final Sum NONE = new Sum(0, 0, 0);

    Sum plus(long moreNanos) {
      return new Sum(count + 1, nanos + moreNanos, Math.max(maxNanos, moreNanos));
    }

    boolean isLike(Sum reference) {
      return count == reference.count
          && Math.abs(nanos - reference.nanos) <= ROUNDING_NANOS * count
          && Math.abs(maxNanos - reference.maxNanos) <= ROUNDING_NANOS;
    }
  }

  private AnalysisComparison() {}

  /**
   * Compares one recording.
   *
   * @return null when it comes out the same, otherwise what differs
   */
  static String compare(Path recording) throws IOException {
    Analysis analysis =
        new Analyzer(AnalysisOptions.DEFAULT)
            .analyze(List.of(RecordingInput.of(recording)), Progress.NONE, new Cancellation());
    print(analysis);
    if (analysis.jvms().size() > 1) {
      return null; // RecordingFile decodes all of it by the metadata of the first JVM
    }
    if (analysis.jvms().get(0).number(CompletenessSection.NAME, CompletenessSection.REPEATED) > 0) {
      return null; // RecordingFile counts a chunk as often as it is there
    }
    Map<String, Sum> reference = reference(recording);
    List<String> found = differences(ours(analysis), reference);
    found.addAll(differencesOfSections(analysis, reference));
    return found.isEmpty() ? null : String.join("; ", found);
  }

  private static void print(Analysis analysis) throws IOException {
    TextOptions options = new TextOptions(100, true, 10, SortKey.TOTAL);
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    new TextReport(nowhere, options).print(analysis);
    if (JsonReport.of(analysis).toString().isEmpty()) {
      throw new AssertionError("no JSON");
    }
    new CsvReport(new StringWriter()).write(analysis);
    HtmlReport.write(analysis, OutputStream.nullOutputStream());
  }

  private static Map<String, Sum> ours(Analysis analysis) {
    Map<String, Sum> sums = new HashMap<>();
    for (JvmAnalysis jvm : analysis.jvms()) {
      jvm.table(EventsSection.NAME, EventsSection.TYPES)
          .ifPresent(
              table ->
                  table
                      .rows()
                      .forEach(
                          row -> sums.put((String) row.get(0), new Sum((Long) row.get(1), 0, 0))));
      for (Breakdown.Entry entry :
          jvm.breakdown(EventsSection.NAME, EventsSection.DURATIONS).stream()
              .flatMap(durations -> durations.entries().stream())
              .toList()) {
        sums.computeIfPresent(
            entry.key(),
            (type, sum) -> new Sum(sum.count, entry.values().total(), entry.values().max()));
      }
    }
    return sums;
  }

  private static Map<String, Sum> reference(Path recording) throws IOException {
    Map<String, Sum> sums = new HashMap<>();
    Path plain = plain(recording);
    try (RecordingFile file = new RecordingFile(plain)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        Sum sum = sums.getOrDefault(event.getEventType().getName(), Sum.NONE);
        sums.put(event.getEventType().getName(), sum.plus(event.getDuration().toNanos()));
      }
    } finally {
      if (!plain.equals(recording)) {
        Files.delete(plain);
      }
    }
    return sums;
  }

  private static Path plain(Path recording) throws IOException {
    try (InputStream in = Files.newInputStream(recording)) {
      byte[] head = in.readNBytes(2);
      if (head.length < 2 || (head[0] & 0xff) != 0x1f || (head[1] & 0xff) != 0x8b) {
        return recording;
      }
    }
    Path unpacked = Files.createTempFile("unpacked", ".jfr");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(recording))) {
      Files.copy(in, unpacked, StandardCopyOption.REPLACE_EXISTING);
    }
    return unpacked;
  }

  private static List<String> differences(Map<String, Sum> ours, Map<String, Sum> reference) {
    TreeSet<String> types = new TreeSet<>(ours.keySet());
    types.addAll(reference.keySet());
    List<String> found = new ArrayList<>();
    for (String type : types) {
      Sum mine = ours.getOrDefault(type, Sum.NONE);
      Sum theirs = reference.getOrDefault(type, Sum.NONE);
      if (!mine.isLike(theirs)) {
        found.add(type + " " + mine + ", RecordingFile " + theirs);
      }
    }
    return found;
  }

  private static List<String> differencesOfSections(Analysis analysis, Map<String, Sum> reference) {
    List<String> found = new ArrayList<>();
    for (JvmAnalysis jvm : analysis.jvms()) {
      TYPE_OF_BREAKDOWN.forEach(
          (path, type) -> {
            int dot = path.indexOf('.');
            Sum mine =
                jvm.breakdown(path.substring(0, dot), path.substring(dot + 1))
                    .map(Breakdown::all)
                    .map(all -> new Sum(all.count(), all.total(), all.max()))
                    .orElse(Sum.NONE);
            String jdk9 = "com.oracle." + type;
            Sum theirs = reference.getOrDefault(type, reference.getOrDefault(jdk9, Sum.NONE));
            if (!mine.isLike(theirs)) {
              found.add(path + " " + mine + ", RecordingFile " + theirs);
            }
          });
    }
    return found;
  }

  /** Prints a line for each recording in files and folders; exits with 1 if one differs. */
  public static void main(String[] args) throws IOException {
    int differing = 0;
    int same = 0;
    for (String arg : args) {
      List<Path> files;
      try (Stream<Path> found = Files.walk(Path.of(arg))) {
        files = found.filter(AnalysisComparison::isRecording).sorted().toList();
      }
      for (Path file : files) {
        String line = line(file);
        System.out.println(file + ": " + line);
        if (line.startsWith("DIFFERS")) {
          differing++;
        } else {
          same++;
        }
      }
    }
    System.out.println(same + " the same or refused, " + differing + " differ");
    System.exit(differing == 0 ? 0 : 1);
  }

  private static boolean isRecording(Path file) {
    String name = file.getFileName().toString();
    return Files.isRegularFile(file) && (name.endsWith(".jfr") || name.endsWith(".jfr.gz"));
  }

  private static String line(Path file) {
    try {
      String difference = compare(file);
      return difference == null ? "the same" : "DIFFERS: " + difference;
    } catch (RecordingException e) {
      return "refused: " + e.getMessage();
    } catch (IOException | RuntimeException | Error e) {
      boolean theirs =
          Stream.of(e.getStackTrace()).anyMatch(f -> f.getClassName().startsWith("jdk.jfr."))
              && Stream.of(e.getStackTrace())
                  .noneMatch(f -> f.getClassName().contains("JfrReader"));
      return theirs ? "analysed; RecordingFile fails: " + e : "DIFFERS: fails: " + e;
    }
  }
}
