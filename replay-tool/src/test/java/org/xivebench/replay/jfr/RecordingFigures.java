package org.xivebench.replay.jfr;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * One measurement per run of a fresh JVM: CPU seconds of the process up to the end of the work, the
 * start of the JVM included, and a result by which readers can be compared. {@code
 * recording-figures.sh} runs them all.
 *
 * <p>{@code task} and {@code task-jdk}: count events by type, sum the durations of four types, sum
 * the stack depths. {@code read}: decode all fields of what {@code write} writes; {@code count-jdk}
 * reads the same with RecordingFile and only counts.
 */
final class RecordingFigures {
  private static final List<String> TIMED =
      List.of("jdk.ThreadPark", "jdk.JavaMonitorEnter", "jdk.SocketRead", "jdk.FileRead");

  private RecordingFigures() {}

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[1]);
    long events =
        switch (args[0]) {
          case "write" -> write(file, Long.parseLong(args[2]));
          case "read" -> read(file);
          case "count-jdk" -> countJdk(file);
          case "task" -> task(file);
          case "task-jdk" -> taskJdk(file);
          default -> throw new IllegalArgumentException(args[0]);
        };
    double cpuSeconds = processCpuNanos() / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%s\t%s\t%d events\t%d bytes\t%.2f CPU s\t%.0f events per CPU s%n",
        args[0],
        file.getFileName(),
        events,
        Files.size(file),
        cpuSeconds,
        events / cpuSeconds);
  }

  /** Not by a management bean: to load those takes as long as to read a small recording. */
  private static long processCpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private static long write(Path file, long count) throws IOException {
    try (JfrWriter writer = JfrWriter.create(file)) {
      EventDeclaration declaration = EventDeclaration.named("org.example.Numbers");
      declaration =
          declaration
              .field("sequence", FieldType.LONG)
              .field("source", FieldType.INT)
              .field("server", FieldType.INT)
              .field("priority", FieldType.BYTE)
              .field("address", FieldType.LONG)
              .field("value", FieldType.LONG)
              .field("result", FieldType.INT);
      EventEncoder event = writer.declare(declaration);
      for (long i = 0; i < count; i++) {
        event
            .begin(1_700_000_000_000_000_000L + 1_000 * i)
            .putLong(i)
            .putInt((int) (i % 4096))
            .putInt((int) (i & 7))
            .putByte((int) (i % 8))
            .putLong(0x7f00_0000_0000L + 8 * (i % 100_000))
            .putLong(i * 31 & 0xffff)
            .putInt((int) (i % 5) - 1)
            .commit();
      }
      writer.finish();
    }
    return count;
  }

  private static long read(Path file) throws IOException {
    long events = 0;
    long sum = 0;
    try (JfrReader reader = JfrReader.open(file)) {
      EventCursor event =
          reader.select(
              "org.example.Numbers",
              "startTime",
              "sequence",
              "source",
              "server",
              "priority",
              "address",
              "value",
              "result");
      while (reader.next() != null) {
        events++;
        sum +=
            event.getNanos(0)
                + event.getLong(1)
                + event.getLong(2)
                + event.getLong(3)
                + event.getLong(4)
                + event.getLong(5)
                + event.getLong(6)
                + event.getLong(7);
      }
    }
    System.out.println("sum " + sum);
    return events;
  }

  private static long countJdk(Path file) throws IOException {
    long events = 0;
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        recording.readEvent();
        events++;
      }
    }
    return events;
  }

  private static long task(Path file) throws IOException {
    Map<String, long[]> counts = new HashMap<>();
    long[] durations = new long[TIMED.size()];
    long depth = 0;
    try (JfrReader reader = JfrReader.open(file)) {
      EventCursor event = reader.select(type -> true, "duration", "stackTrace");
      TypeInfo type = null;
      long[] count = null;
      int timed = -1;
      while (reader.next() != null) {
        if (event.type() != type) {
          type = event.type();
          count = counts.computeIfAbsent(type.name(), name -> new long[1]);
          timed = TIMED.indexOf(type.name());
        }
        count[0]++;
        if (timed >= 0) {
          durations[timed] += event.getNanos(0);
        }
        depth += event.getStackDepth(1);
      }
    }
    return report(counts, durations, depth);
  }

  private static long taskJdk(Path file) throws IOException {
    Map<String, long[]> counts = new HashMap<>();
    long[] durations = new long[TIMED.size()];
    long depth = 0;
    try (RecordingFile recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        String name = event.getEventType().getName();
        counts.computeIfAbsent(name, key -> new long[1])[0]++;
        int index = TIMED.indexOf(name);
        if (index >= 0) {
          durations[index] += event.getDuration().toNanos();
        }
        RecordedStackTrace stack = event.getStackTrace();
        if (stack != null) {
          depth += stack.getFrames().size();
        }
      }
    }
    return report(counts, durations, depth);
  }

  private static long report(Map<String, long[]> counts, long[] durations, long depth) {
    System.out.print(counts.size() + " types");
    for (int i = 0; i < durations.length; i++) {
      System.out.print(", " + TIMED.get(i) + " " + durations[i] + " ns");
    }
    System.out.println(", " + depth + " frames");
    return counts.values().stream().mapToLong(count -> count[0]).sum();
  }
}
