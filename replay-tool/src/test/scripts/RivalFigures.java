import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import one.jfr.JfrReader;
import one.jfr.StackTrace;
import one.jfr.event.ContendedLock;
import one.jfr.event.Event;
import org.openjdk.jmc.common.IMCStackTrace;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IItemCollection;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.common.item.IMemberAccessor;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.common.unit.UnitLookup;
import org.openjdk.jmc.flightrecorder.JfrAttributes;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;
import org.openjdk.jmc.flightrecorder.writer.api.Recording;
import org.openjdk.jmc.flightrecorder.writer.api.Recordings;
import org.openjdk.jmc.flightrecorder.writer.api.Type;
import org.openjdk.jmc.flightrecorder.writer.api.Types;

/**
 * What {@code RecordingFigures} measures of our reader and writer, of others': JDK Mission Control's
 * parser and writer, async-profiler's reader. Compiled and run by recording-figures.sh, since the
 * build does without these libraries.
 */
final class RivalFigures {
  private static final List<String> TIMED =
      List.of("jdk.ThreadPark", "jdk.JavaMonitorEnter", "jdk.SocketRead", "jdk.FileRead");

  private RivalFigures() {}

  public static void main(String[] args) throws Exception {
    File file = new File(args[1]);
    long events =
        switch (args[0]) {
          case "task-jmc" -> taskJmc(file);
          case "task-async-profiler" -> taskAsyncProfiler(file);
          case "write-jmc" -> writeJmc(file, Long.parseLong(args[2]));
          default -> throw new IllegalArgumentException(args[0]);
        };
    double cpuSeconds =
        ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%s\t%s\t%d events\t%d bytes\t%.2f CPU s\t%.0f events per CPU s%n",
        args[0],
        file.getName(),
        events,
        file.length(),
        cpuSeconds,
        events / cpuSeconds);
  }

  private static long taskJmc(File file) throws Exception {
    Map<String, long[]> counts = new HashMap<>();
    long[] durations = new long[TIMED.size()];
    long depth = 0;
    IItemCollection items = JfrLoaderToolkit.loadEvents(file);
    for (IItemIterable iterable : items) {
      String name = iterable.getType().getIdentifier();
      long[] count = counts.computeIfAbsent(name, key -> new long[1]);
      int timed = TIMED.indexOf(name);
      IMemberAccessor<IQuantity, IItem> duration =
          JfrAttributes.DURATION.getAccessor(iterable.getType());
      IMemberAccessor<IMCStackTrace, IItem> stack =
          JfrAttributes.EVENT_STACKTRACE.getAccessor(iterable.getType());
      for (IItem item : iterable) {
        count[0]++;
        if (timed >= 0) {
          durations[timed] += duration.getMember(item).clampedLongValueIn(UnitLookup.NANOSECOND);
        }
        IMCStackTrace trace = stack == null ? null : stack.getMember(item);
        depth += trace == null ? 0 : trace.getFrames().size();
      }
    }
    return report(counts, durations, depth);
  }

  /** A socket or file read; async-profiler's reader has no class of its own for them. */
  public static class Read extends Event {
    final long duration;

    public Read(JfrReader reader) {
      this(
          reader.getVarlong(), reader.getVarlong(), reader.getVarint(), reader.getVarint());
    }

    private Read(long time, long duration, int thread, int stack) {
      super(time, thread, stack);
      this.duration = duration;
    }
  }

  /** The reader passes over events of other types than its own and those registered. */
  private static long taskAsyncProfiler(File file) throws IOException {
    Map<String, long[]> counts = new HashMap<>();
    long[] durations = new long[2];
    long depth = 0;
    try (JfrReader reader = new JfrReader(file.getPath())) {
      reader.registerEvent("jdk.SocketRead", Read.class);
      reader.registerEvent("jdk.FileRead", Read.class);
      Event event;
      while ((event = reader.readEvent()) != null) {
        counts.computeIfAbsent(event.getClass().getSimpleName(), key -> new long[1])[0]++;
        if (event instanceof Read read) {
          durations[0] += (long) (read.duration * reader.nanosPerTick);
        } else if (event instanceof ContendedLock lock) {
          durations[1] += (long) (lock.duration * reader.nanosPerTick);
        }
        StackTrace stack = reader.stackTraces.get(event.stackTraceId);
        depth += stack == null ? 0 : stack.methods.length;
      }
    }
    return report(counts, durations, depth);
  }

  private static long report(Map<String, long[]> counts, long[] durations, long depth) {
    System.out.print(counts.size() + " types");
    for (long duration : durations) {
      System.out.print(", " + duration + " ns");
    }
    System.out.println(", " + depth + " frames");
    return counts.values().stream().mapToLong(count -> count[0]).sum();
  }

  private static long writeJmc(File file, long count) throws IOException {
    long start = 1_700_000_000_000_000_000L;
    // The writer takes 0 ticks for "now".
    try (Recording recording =
        Recordings.newRecording(file, settings -> settings.withTimestamp(start).withStartTicks(1))) {
      Type type =
          recording.registerType(
              "org.example.Numbers",
              "jdk.jfr.Event",
              builder ->
                  builder
                      .addField("startTime", Types.Builtin.LONG)
                      .addField("sequence", Types.Builtin.LONG)
                      .addField("source", Types.Builtin.INT)
                      .addField("server", Types.Builtin.INT)
                      .addField("priority", Types.Builtin.BYTE)
                      .addField("address", Types.Builtin.LONG)
                      .addField("value", Types.Builtin.LONG)
                      .addField("result", Types.Builtin.INT));
      for (long i = 0; i < count; i++) {
        long number = i;
        recording.writeEvent(
            type.asValue(
                value ->
                    value
                        .putField("startTime", 1 + 1_000 * number)
                        .putField("sequence", number)
                        .putField("source", (int) (number % 4096))
                        .putField("server", (int) (number & 7))
                        .putField("priority", (byte) (number % 8))
                        .putField("address", 0x7f00_0000_0000L + 8 * (number % 100_000))
                        .putField("value", number * 31 & 0xffff)
                        .putField("result", (int) (number % 5) - 1)));
      }
    }
    return count;
  }
}
