package org.xivebench.replay.analysis.section;

import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.Spans;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** Waiting of Java threads: for monitors, in {@code wait}, parked, asleep, pinned. */
public final class LocksSection extends SectionCollector<LocksSection> {
  public static final String NAME = "locks";

  /** Breakdown: time to enter contended monitors, by class. */
  public static final String MONITOR_ENTER = "monitorEnter";

  /** Breakdown: time parked, by the class parked on. */
  public static final String PARK = "park";

  /** Breakdown: waits of virtual threads that kept their carrier, by reason. */
  public static final String PINNED = "pinned";

  public static final SectionType<LocksSection> TYPE =
      new SectionType<>(
          NAME,
          LocksSection.class,
          LocksSection::new,
          in -> {
            in.jdk(
                "JavaMonitorEnter",
                LocksSection::enter,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "monitorClass",
                "previousOwner");
            in.jdk(
                "JavaMonitorWait",
                LocksSection::monitorWait,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "monitorClass",
                "timedOut");
            in.jdk(
                "ThreadPark",
                LocksSection::park,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "parkedClass");
            in.jdk(
                "ThreadSleep",
                LocksSection::sleep,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace");
            in.jdk(
                "VirtualThreadPinned",
                LocksSection::pinned,
                "startTime",
                "duration",
                "eventThread",
                "stackTrace",
                "pinnedReason");
          });

  private static final int START = 0;
  private static final int DURATION = 1;
  private static final int THREAD = 2;
  private static final int STACK = 3;

  private final BreakingDown enter;
  private final BreakingDown monitorWait;
  private final BreakingDown park;
  private final BreakingDown sleep;
  private final BreakingDown pinned;
  private final Spans waits;

  LocksSection(JvmScope scope) {
    super(scope);
    int limit = scope.limit();
    enter = new BreakingDown(MONITOR_ENTER, "contended monitors", "class", Unit.NANOS, limit);
    monitorWait = new BreakingDown("monitorWait", "Object.wait", "class", Unit.NANOS, limit);
    park = new BreakingDown(PARK, "parked", "class", Unit.NANOS, limit);
    sleep = new BreakingDown("sleep", "Thread.sleep", "thread", Unit.NANOS, limit);
    waits = scope.latencies("waits for monitors");
    pinned = new BreakingDown(PINNED, "virtual threads pinned", "reason", Unit.NANOS, limit);
  }

  private void enter(EventCursor event) {
    long duration = event.getNanos(DURATION);
    String key = className(event, 4);
    waits.add(event.getNanos(START), duration);
    enter.add(
        key,
        duration,
        describe(
            event,
            START,
            duration,
            THREAD,
            STACK,
            () -> key + ", held by " + scope.threadName(event.getThread(5))));
  }

  private void monitorWait(EventCursor event) {
    long duration = event.getNanos(DURATION);
    String key = className(event, 4);
    monitorWait.add(
        key,
        duration,
        describe(
            event,
            START,
            duration,
            THREAD,
            STACK,
            () -> key + (event.getBoolean(5) ? ", timed out" : ", notified")));
  }

  private void park(EventCursor event) {
    String key = className(event, 4);
    add(park, key, event);
  }

  private void sleep(EventCursor event) {
    add(sleep, scope.threadName(event.getThread(THREAD)), event);
  }

  private void pinned(EventCursor event) {
    String reason = event.getString(4);
    add(pinned, reason == null ? "(unknown)" : reason, event);
  }

  private void add(BreakingDown to, String key, EventCursor event) {
    long duration = event.getNanos(DURATION);
    if (to.add(key, duration)) {
      to.note(occurrence(event, START, duration, THREAD, STACK, key));
    }
  }

  private static String className(EventCursor event, int slot) {
    String name = event.getClassName(slot);
    return name == null ? "(none)" : name;
  }

  @Override
  public void addAll(LocksSection other) {
    enter.addAll(other.enter);
    monitorWait.addAll(other.monitorWait);
    park.addAll(other.park);
    sleep.addAll(other.sleep);
    pinned.addAll(other.pinned);
  }

  @Override
  public Section result() {
    return Section.builder(NAME, "Monitors, parks and sleeps")
        .add(enter.result())
        .add(park.result())
        .add(monitorWait.result())
        .add(sleep.result())
        .add(pinned.result())
        .build();
  }
}
