package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** Swaps of the backend and releases of devices, step by step, and the waits for vCPUs in them. */
public final class SwapSection extends SectionCollector<SwapSection> {
  public static final String NAME = "swap";

  /** Breakdown: pause of the vCPUs, by direction. */
  public static final String PAUSES = "pauses";

  /** Breakdown: steps of a swap. */
  public static final String STEPS = "steps";

  /** Breakdown: steps of a release. */
  public static final String RELEASE_STEPS = "releaseSteps";

  /** Breakdown: from closing the gate until the vCPU was out of the guest, by vCPU. */
  public static final String DRAIN = "drain";

  /** Table: swaps that failed: what, direction, when. */
  public static final String FAILURES = "failures";

  private static final int FIRST_STEP = 4;

  /** Failed swaps that are kept; all are counted. */
  private static final int MAX_FAILURES = 1_000;

  /** Steps of a swap in their order: the field, and its name for people. */
  private static final String[][] STEP_FIELDS = {
    {"stopVcpus", "1 stop vCPUs"},
    {"holdInjection", "2 hold injection"},
    {"capture", "3 capture"},
    {"release", "4 release"},
    {"restore", "5 create and restore"},
    {"reopen", "6 flush and reopen"},
  };

  public static final SectionType<SwapSection> TYPE =
      new SectionType<>(
          NAME,
          SwapSection.class,
          SwapSection::new,
          in -> {
            in.bench(
                "Swap",
                SwapSection::swap,
                "startTime",
                "duration",
                "from",
                "to",
                "stopVcpus",
                "holdInjection",
                "capture",
                "release",
                "restore",
                "reopen",
                "heldInterrupts");
            in.bench("SwapFailure", SwapSection::failure, "startTime", "from", "to", "what");
            in.bench(
                "ReleaseStep",
                SwapSection::releaseStep,
                "startTime",
                "duration",
                "step",
                "deviceType",
                "eventThread");
            in.bench(
                "GateDrain", SwapSection::drain, "startTime", "sinceClosed", "vcpu", "eventThread");
            in.bench(
                "GateWait", SwapSection::gateWait, "startTime", "duration", "vcpu", "eventThread");
          });

  private final BreakingDown pauses;
  private final BreakingDown steps;
  private final BreakingDown releaseSteps;
  private final BreakingDown drain;
  private final BreakingDown gateWait;
  private final List<Failure> failures = new ArrayList<>();
  private long failureCount;
  private long held;

  private record Failure(long timeNanos, String direction, String what) {}

  SwapSection(JvmScope scope) {
    super(scope);
    int limit = scope.limit();
    pauses = new BreakingDown(PAUSES, "swaps", "direction", Unit.NANOS, limit);
    steps = new BreakingDown(STEPS, "steps of swaps", "step", Unit.NANOS, limit);
    releaseSteps = new BreakingDown(RELEASE_STEPS, "steps of releases", "step", Unit.NANOS, limit);
    drain = new BreakingDown(DRAIN, "gate closed to vCPU out", "vCPU", Unit.NANOS, limit);
    gateWait = new BreakingDown("gateWait", "waits before the gate", "vCPU", Unit.NANOS, limit);
  }

  private void swap(EventCursor event) {
    String direction = direction(event, 2, 3);
    long duration = event.getNanos(1);
    pauses.add(direction, duration, describe(event, 0, duration, -1, -1, () -> direction));
    for (int i = 0; i < STEP_FIELDS.length; i++) {
      if (event.has(FIRST_STEP + i)) {
        String step = STEP_FIELDS[i][1];
        long nanos = event.getNanos(FIRST_STEP + i);
        steps.add(step, nanos, describe(event, 0, nanos, -1, -1, () -> step + ", " + direction));
      }
    }
    held += event.getLong(FIRST_STEP + STEP_FIELDS.length);
    scope.lanes().mark("swap", direction, event.getNanos(0), duration);
  }

  private static String direction(EventCursor event, int from, int to) {
    return orNone(event.getString(from)) + " to " + orNone(event.getString(to));
  }

  private static String orNone(String backend) {
    return backend == null ? "(none)" : backend;
  }

  private void failure(EventCursor event) {
    failureCount++;
    if (failures.size() < MAX_FAILURES) {
      failures.add(
          new Failure(
              event.getNanos(0), direction(event, 1, 2), String.valueOf(event.getString(3))));
    }
  }

  private void releaseStep(EventCursor event) {
    String step = String.valueOf(event.getString(2));
    long duration = event.getNanos(1);
    String device = event.getString(3);
    releaseSteps.add(
        step,
        duration,
        describe(event, 0, duration, 4, -1, () -> device == null ? step : step + " of " + device));
    scope.lanes().mark("release", step, event.getNanos(0), duration);
  }

  private void drain(EventCursor event) {
    String vcpu = vcpu(event);
    long wait = event.getNanos(1);
    drain.add(vcpu, wait, describe(event, 0, wait, 3, -1, () -> vcpu + " left the guest"));
  }

  private void gateWait(EventCursor event) {
    String vcpu = vcpu(event);
    long wait = event.getNanos(1);
    gateWait.add(vcpu, wait, describe(event, 0, wait, 3, -1, () -> vcpu));
  }

  private static String vcpu(EventCursor event) {
    String name = event.getString(2);
    return name == null ? "vCPU " + event.getLong(2) : name;
  }

  @Override
  public void addAll(SwapSection other) {
    pauses.addAll(other.pauses);
    steps.addAll(other.steps);
    releaseSteps.addAll(other.releaseSteps);
    drain.addAll(other.drain);
    gateWait.addAll(other.gateWait);
    failures.addAll(other.failures);
    failureCount += other.failureCount;
    held += other.held;
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "Swaps and releases");
    if (pauses.count() > 0) {
      section.add(Figure.of("held", "interrupts held", Unit.COUNT, held));
    }
    return section
        .add(failures())
        .add(pauses.result())
        .add(steps.result())
        .add(releaseSteps.result())
        .add(drain.result())
        .add(gateWait.result())
        .build();
  }

  private Table failures() {
    List<List<Object>> rows =
        failures.stream()
            .sorted(Comparator.comparingLong(Failure::timeNanos))
            .limit(scope.limit())
            .map(f -> List.<Object>of(f.what, f.direction, Quantities.iso(f.timeNanos)))
            .toList();
    return new Table(
        FAILURES,
        "failed swaps",
        List.of(
            new Table.Column("what", "what failed", Unit.TEXT),
            new Table.Column("direction", "direction", Unit.TEXT),
            new Table.Column("time", "time", Unit.TEXT)),
        rows,
        failureCount - rows.size());
  }
}
