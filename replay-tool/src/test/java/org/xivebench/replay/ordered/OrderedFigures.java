package org.xivebench.replay.ordered;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import jdk.jfr.consumer.RecordingFile;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.importer.ImportReport;
import org.xivebench.replay.importer.QemuLogImporter;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.replay.trace.TraceWriter;
import org.xivebench.xive.Quirks;

/**
 * What ordered replay costs, one task a JVM: {@code src/test/scripts/ordered-figures.sh} runs it.
 *
 * <pre>
 *   repeat IN OUT EVENTS   writes IN over and over, with a machine reset between, until EVENTS
 *   replay IN              replays in order, on the emulated controllers
 *   count-jdk IN           counts the events with RecordingFile, and does nothing else
 *   import LOG OUT         imports a QEMU log
 * </pre>
 */
public final class OrderedFigures {
  private static final double NANOS = 1e9;

  private OrderedFigures() {}

  /** Does one task, and prints a line. */
  public static void main(String[] arguments) throws Exception {
    long start = System.nanoTime();
    Path in = Path.of(arguments[1]);
    String result =
        switch (arguments[0]) {
          case "repeat" -> repeat(in, Path.of(arguments[2]), Long.parseLong(arguments[3]));
          case "replay" -> replay(in);
          case "count-jdk" -> countWithRecordingFile(in);
          case "import" -> importLog(in, Path.of(arguments[2]));
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    double wall = (System.nanoTime() - start) / NANOS;
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long peakBytes =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == java.lang.management.MemoryType.HEAP)
            .map(MemoryPoolMXBean::getPeakUsage)
            .mapToLong(java.lang.management.MemoryUsage::getUsed)
            .sum();
    System.out.printf(
        Locale.ROOT,
        "%-10s %s; %.2f s wall, %.2f s CPU of the JVM, heap peak %d MB%n",
        arguments[0],
        result,
        wall,
        system.getProcessCpuTime() / NANOS,
        peakBytes >> 20);
  }

  private static String repeat(Path in, Path out, long events) throws IOException {
    long written = 0;
    try (TraceReader header = TraceReader.open(in);
        TraceWriter writer =
            new TraceWriter(
                new BufferedOutputStream(Files.newOutputStream(out)), header.header())) {
      while (written < events) {
        try (TraceReader reader = TraceReader.open(in)) {
          TraceEvent event;
          long last = 0;
          while ((event = reader.next()) != null) {
            last = event.timeNanos();
            writer.append(event);
            written++;
          }
          writer.append(
              new TraceEvent().begin(TraceKind.MACHINE_RESET, last, TraceEvent.NO_VCPU, 0));
          written++;
        }
      }
      writer.end();
    }
    return written + " events, " + (Files.size(out) >> 20) + " MB";
  }

  private static String replay(Path in) throws Exception {
    OrderedResult result = TraceScript.replay(in, OrderedOptions.emulated(Quirks.QEMU_7_2, false));
    if (result.divergenceCount() > 0) {
      throw new IllegalStateException(result.divergences().toString());
    }
    return String.format(
        Locale.ROOT,
        "%d events, %.0f events/s, digest %016x",
        result.events(),
        result.eventsPerSecond(),
        result.digest());
  }

  private static String countWithRecordingFile(Path in) throws IOException {
    long count = 0;
    try (RecordingFile file = new RecordingFile(in)) {
      while (file.hasMoreEvents()) {
        Object unusedEvent = file.readEvent();
        count++;
      }
    }
    return count + " events";
  }

  private static String importLog(Path log, Path out) throws IOException {
    long start = System.nanoTime();
    ImportReport report =
        QemuLogImporter.run(
            log,
            new BufferedOutputStream(Files.newOutputStream(out)),
            Progress.NONE,
            new Cancellation());
    double seconds = (System.nanoTime() - start) / NANOS;
    return String.format(
        Locale.ROOT,
        "%d lines, %d events, %.1f MB/s of text, %.0f lines/s",
        report.lines(),
        report.events(),
        report.textBytes() / 1e6 / seconds,
        report.lines() / seconds);
  }
}
