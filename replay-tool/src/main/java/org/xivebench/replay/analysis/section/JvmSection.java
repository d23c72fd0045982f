package org.xivebench.replay.analysis.section;

import java.util.LinkedHashMap;
import java.util.Map;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** Which JVM it was, on which machine; and of a trace, which VM. */
public final class JvmSection extends SectionCollector<JvmSection> {
  public static final String NAME = "jvm";

  /** Figure: the largest size that the heap may have. */
  public static final String HEAP_MAX = "heapMax";

  public static final SectionType<JvmSection> TYPE =
      new SectionType<>(
          NAME,
          JvmSection.class,
          JvmSection::new,
          in -> {
            in.jdkAlways(
                "JVMInformation",
                JvmSection::jvm,
                "jvmName",
                "jvmVersion",
                "jvmArguments",
                "javaArguments",
                "jvmStartTime",
                "pid");
            in.jdkAlways("OSInformation", JvmSection::os, "osVersion");
            in.jdkAlways("CPUInformation", JvmSection::cpu, "cpu", "cores", "hwThreads");
            in.jdkAlways("PhysicalMemory", JvmSection::memory, "totalSize");
            in.jdkAlways(
                "GCConfiguration", JvmSection::gc, "youngCollector", "oldCollector", "pauseTarget");
            in.jdkAlways("GCHeapConfiguration", JvmSection::heap, "maxSize");
            in.jdkAlways("ContainerConfiguration", JvmSection::container, "memoryLimit");
            in.benchAlways(
                "TraceHeader", JvmSection::trace, "mode", "origin", "vcpuCount", "sourceCount");
          });

  /**
   * What tells a JVM from all others.
   *
   * @param pid process id
   * @param startNanos when it started, nanoseconds since the epoch
   */
  public record Identity(long pid, long startNanos) {}

  private final Map<String, Figure> figures = new LinkedHashMap<>();
  private Identity identity;
  private String command = "";
  private String traceOrigin = "";

  JvmSection(JvmScope scope) {
    super(scope);
  }

  private void text(String name, String title, String value) {
    if (value != null && !value.isBlank()) {
      figures.putIfAbsent(name, Figure.text(name, title, value.strip()));
    }
  }

  private void number(String name, String title, Unit unit, long value) {
    if (value > 0 && value < Long.MAX_VALUE) {
      figures.putIfAbsent(name, Figure.of(name, title, unit, value));
    }
  }

  private void jvm(EventCursor event) {
    String arguments = event.getString(3);
    text("jvm", "JVM", event.getString(0));
    text("javaVersion", "Java", javaVersion(event.getString(1)));
    text("version", "version", event.getString(1));
    number("pid", "process", Unit.COUNT, event.getLong(5));
    number("start", "started", Unit.EPOCH_NANOS, event.getNanos(4));
    text("command", "command", arguments);
    text("jvmArguments", "JVM arguments", event.getString(2));
    if (identity == null && event.has(4) && event.has(5)) {
      identity = new Identity(event.getLong(5), event.getNanos(4));
    }
    if (command.isEmpty() && arguments != null) {
      command = mainOf(arguments);
    }
  }

  /**
   * What stands in the first brackets: {@code 17.0.15+6} of a line that also tells who built it.
   */
  private static String javaVersion(String version) {
    if (version == null) {
      return null;
    }
    int open = version.indexOf('(');
    int close = version.indexOf(')', open);
    return open < 0 || close < 0 ? null : version.substring(open + 1, close);
  }

  /** The main class without its package, or the jar without its folder. */
  private static String mainOf(String arguments) {
    String first = arguments.strip().split("\\s+", 2)[0];
    String file = first.substring(first.lastIndexOf('/') + 1);
    return file.endsWith(".jar") || file.endsWith(".java")
        ? file
        : file.substring(file.lastIndexOf('.') + 1);
  }

  private void os(EventCursor event) {
    String version = event.getString(0);
    text("os", "operating system", version == null ? null : oneLine(version));
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s*\\R\\s*", "; ").strip();
  }

  private void cpu(EventCursor event) {
    text("cpu", "CPU", event.getString(0));
    number("cores", "cores", Unit.COUNT, event.getLong(1));
    number("hwThreads", "hardware threads", Unit.COUNT, event.getLong(2));
  }

  private void memory(EventCursor event) {
    number("memory", "physical memory", Unit.BYTES, event.getLong(0));
  }

  private void gc(EventCursor event) {
    String young = event.getString(0);
    String old = event.getString(1);
    if (young != null && old != null) {
      text("collectors", "collectors", young.equals(old) ? young : young + ", " + old);
    }
    number("pauseTarget", "pause target", Unit.NANOS, event.getNanos(2));
  }

  private void heap(EventCursor event) {
    number(HEAP_MAX, "largest heap", Unit.BYTES, event.getLong(0));
  }

  private void container(EventCursor event) {
    number("containerMemory", "memory limit of the container", Unit.BYTES, event.getLong(0));
  }

  private void trace(EventCursor event) {
    text("traceMode", "interrupt mode", event.getString(0));
    text("traceOrigin", "trace of", event.getString(1));
    number("vcpus", "vCPUs", Unit.COUNT, event.getLong(2));
    number("sources", "interrupt sources", Unit.COUNT, event.getLong(3));
    if (traceOrigin.isEmpty() && event.getString(1) != null) {
      traceOrigin = event.getString(1);
    }
  }

  /** What tells the JVM from all others; null if the recording does not say. */
  public Identity identity() {
    return identity;
  }

  /** What people call the JVM; empty if the recording does not say. */
  public String displayName() {
    if (!traceOrigin.isEmpty()) {
      return "trace of " + traceOrigin;
    }
    String pid = identity == null ? "" : "process " + identity.pid();
    return command.isEmpty() || pid.isEmpty() ? command + pid : command + ", " + pid;
  }

  @Override
  public void addAll(JvmSection other) {
    other.figures.forEach(figures::putIfAbsent);
    if (identity == null) {
      identity = other.identity;
    }
    command = command.isEmpty() ? other.command : command;
    traceOrigin = traceOrigin.isEmpty() ? other.traceOrigin : traceOrigin;
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "JVM and machine");
    figures.values().forEach(section::add);
    return section.build();
  }
}
