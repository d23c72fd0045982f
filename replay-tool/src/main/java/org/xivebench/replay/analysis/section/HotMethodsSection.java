package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.analysis.collect.CallTreeBuilder;
import org.xivebench.replay.analysis.collect.Counts;
import org.xivebench.replay.analysis.collect.TraceWeights;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/**
 * Where threads were when they were sampled: in Java code (which is CPU time, roughly), in native
 * code (which may be waiting), and by CPU time (JDK 25 on Linux).
 */
public final class HotMethodsSection extends SectionCollector<HotMethodsSection> {
  public static final String NAME = "hotMethods";

  /** Table: methods on top of the sampled stacks. */
  public static final String METHODS = "methods";

  /** Figure: number of samples, of CPU time or else in Java code, that the tables are made of. */
  public static final String SAMPLES = "samples";

  public static final SectionType<HotMethodsSection> TYPE =
      new SectionType<>(
          NAME,
          HotMethodsSection.class,
          HotMethodsSection::new,
          in -> {
            in.jdk(
                "ExecutionSample", HotMethodsSection::java, "stackTrace", "sampledThread", "state");
            in.jdk("NativeMethodSample", HotMethodsSection::inNative, "stackTrace");
            in.jdk("CPUTimeSample", HotMethodsSection::cpuTime, "stackTrace", "eventThread");
          });

  private final TraceWeights java =
      new TraceWeights(new CallTreeBuilder("java", "samples in Java code", Unit.COUNT));
  private final TraceWeights inNative =
      new TraceWeights(new CallTreeBuilder("native", "samples in native code", Unit.COUNT));
  private final TraceWeights cpuTime =
      new TraceWeights(new CallTreeBuilder("cpuTime", "samples of CPU time", Unit.COUNT));
  private final Counts javaByThread = new Counts();
  private final Counts cpuTimeByThread = new Counts();

  HotMethodsSection(JvmScope scope) {
    super(scope);
  }

  private void java(EventCursor event) {
    java.add(event.getStackTrace(0), 1);
    javaByThread.add(scope.threadName(event.getThread(1)), 1);
  }

  private void inNative(EventCursor event) {
    inNative.add(event.getStackTrace(0), 1);
  }

  private void cpuTime(EventCursor event) {
    cpuTime.add(event.getStackTrace(0), 1);
    cpuTimeByThread.add(scope.threadName(event.getThread(1)), 1);
  }

  @Override
  public void flush() {
    java.flush();
    inNative.flush();
    cpuTime.flush();
  }

  @Override
  public void addAll(HotMethodsSection other) {
    java.tree().addAll(other.java.tree());
    inNative.tree().addAll(other.inNative.tree());
    cpuTime.tree().addAll(other.cpuTime.tree());
    javaByThread.addAll(other.javaByThread);
    cpuTimeByThread.addAll(other.cpuTimeByThread);
  }

  @Override
  public Section result() {
    // Samples of CPU time say the same better, where they were taken.
    boolean byCpuTime = cpuTimeByThread.total() > 0;
    Counts byThread = byCpuTime ? cpuTimeByThread : javaByThread;
    CallTreeBuilder hot = byCpuTime ? cpuTime.tree() : java.tree();
    Section.Builder section = Section.builder(NAME, "Hot methods");
    section.add(
        Figure.of(
            SAMPLES,
            byCpuTime ? "samples of CPU time" : "samples in Java code",
            Unit.COUNT,
            byThread.total()));
    if (byThread.total() == 0 && inNative.tree().innermost().total() == 0) {
      return Section.builder(NAME, "Hot methods").build();
    }
    return section
        .add(innermost(METHODS, "methods on top", hot, scope))
        .add(counts("threads", "sampled threads", "thread", byThread, scope.limit()))
        .add(innermost("nativeMethods", "native methods on top", inNative.tree(), scope))
        .add(cpuTime.tree().result())
        .add(java.tree().result())
        .add(inNative.tree().result())
        .build();
  }

  /** The methods in which the traces of a tree end. */
  static Table innermost(String name, String title, CallTreeBuilder tree, JvmScope scope) {
    return counts(name, title, "method", tree.innermost(), scope.limit());
  }

  /** A table of numbers and their shares. */
  static Table counts(String name, String title, String keyTitle, Counts counts, int limit) {
    List<List<Object>> rows = new ArrayList<>();
    for (Map.Entry<String, Long> entry : counts.top(limit)) {
      rows.add(
          List.of(entry.getKey(), entry.getValue(), (double) entry.getValue() / counts.total()));
    }
    return new Table(
        name,
        title,
        List.of(
            new Table.Column(keyTitle, keyTitle, Unit.TEXT),
            new Table.Column("count", "count", Unit.COUNT),
            new Table.Column("share", "share", Unit.RATIO)),
        rows,
        counts.keys() - rows.size());
  }
}
