package org.xivebench.replay.analysis.section;

import org.xivebench.replay.analysis.collect.Counts;
import org.xivebench.replay.analysis.collect.KeyedMeans;
import org.xivebench.replay.analysis.collect.SampledSeries;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Series;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** How busy the machine, the JVM and its threads were, and in which states samples found them. */
public final class CpuSection extends SectionCollector<CpuSection> {
  public static final String NAME = "cpu";

  /** Table: load of the JVM and the machine. */
  public static final String LOAD = "load";

  /** Row of {@link #LOAD}: all processes of the machine. */
  public static final String MACHINE = "machine";

  public static final SectionType<CpuSection> TYPE =
      new SectionType<>(
          NAME,
          CpuSection.class,
          CpuSection::new,
          in -> {
            in.jdk(
                "CPULoad", CpuSection::load, "startTime", "jvmUser", "jvmSystem", "machineTotal");
            in.jdk("ThreadCPULoad", CpuSection::thread, "eventThread", "user", "system");
            in.jdk("ExecutionSample", CpuSection::state, "state");
            in.jdk("NativeMethodSample", CpuSection::state, "state");
            in.jdk("ThreadContextSwitchRate", CpuSection::switches, "startTime", "switchRate");
          });

  private final KeyedMeans load = new KeyedMeans();
  private final KeyedMeans threads = new KeyedMeans();
  private final KeyedMeans switches = new KeyedMeans();
  private final Counts states = new Counts();
  private final SampledSeries jvmSeries;
  private final SampledSeries machineSeries;

  CpuSection(JvmScope scope) {
    super(scope);
    jvmSeries = new SampledSeries("jvm", "load of the JVM", Unit.RATIO, scope.grid());
    machineSeries = new SampledSeries(MACHINE, "load of the machine", Unit.RATIO, scope.grid());
  }

  private void load(EventCursor event) {
    double user = event.getDouble(1);
    double system = event.getDouble(2);
    double machine = event.getDouble(3);
    load.add("jvm, user", user);
    load.add("jvm, system", system);
    load.add(MACHINE, machine);
    long time = event.getNanos(0);
    jvmSeries.add(time, user + system);
    machineSeries.add(time, machine);
  }

  private void thread(EventCursor event) {
    threads.add(scope.threadName(event.getThread(0)), event.getDouble(1) + event.getDouble(2));
  }

  private void state(EventCursor event) {
    String state = event.getString(0);
    states.add(state == null ? "(unknown)" : state, 1);
  }

  private void switches(EventCursor event) {
    switches.add("context switches a second", event.getDouble(1));
  }

  @Override
  public void addAll(CpuSection other) {
    load.addAll(other.load);
    threads.addAll(other.threads);
    switches.addAll(other.switches);
    states.addAll(other.states);
    jvmSeries.addAll(other.jvmSeries);
    machineSeries.addAll(other.machineSeries);
  }

  @Override
  public Section result() {
    Series jvm = jvmSeries.result();
    return Section.builder(NAME, "CPU and thread states")
        .add(load.table(LOAD, "load", "of", Unit.RATIO, scope.limit()))
        .add(threads.table("threads", "load by thread", "thread", Unit.RATIO, scope.limit()))
        .add(switches.table("switches", "context switches", "what", Unit.PER_SECOND, scope.limit()))
        .add(
            HotMethodsSection.counts(
                "states", "states of sampled threads", "state", states, scope.limit()))
        .add(jvm)
        .add(machineSeries.result())
        .build();
  }
}
