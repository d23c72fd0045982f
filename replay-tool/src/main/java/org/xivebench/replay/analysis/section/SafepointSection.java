package org.xivebench.replay.analysis.section;

import java.util.HashMap;
import java.util.Map;
import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/**
 * Safepoints: how long the JVM took to stop all threads, how long they stood, and what for.
 *
 * <p>A safepoint is begun and ended by two events of the VM thread, told together by their number;
 * the time to reach it is an event between.
 */
public final class SafepointSection extends SectionCollector<SafepointSection> {
  public static final String NAME = "safepoints";

  /** Breakdown: time from the request until all threads stood, by the operation that wanted it. */
  public static final String TO_REACH = "toReach";

  /** Breakdown: time that all threads stood. */
  public static final String STOPPED = "stopped";

  /** Begins whose end has not come; more are not open at a time in sound recordings. */
  private static final int MAX_OPEN = 10_000;

  public static final SectionType<SafepointSection> TYPE =
      new SectionType<>(
          NAME,
          SafepointSection.class,
          SafepointSection::new,
          in -> {
            in.jdk(
                "SafepointBegin",
                SafepointSection::begin,
                "startTime",
                "duration",
                "safepointId",
                "totalThreadCount");
            in.jdk(
                "SafepointStateSynchronization",
                SafepointSection::synchronization,
                "startTime",
                "duration",
                "safepointId",
                "runningThreadCount");
            in.jdk("SafepointEnd", SafepointSection::end, "startTime", "duration", "safepointId");
            in.jdk(
                "ExecuteVMOperation",
                SafepointSection::operation,
                "startTime",
                "duration",
                "operation",
                "safepoint",
                "caller");
          });

  private final BreakingDown toReach;
  private final BreakingDown stopped;
  private final BreakingDown operations;

  /** Start times of safepoints whose end has not come, by number. */
  private final Map<Long, Long> open = new HashMap<>();

  /** End times of safepoints whose begin has not come: events are not in the order of time. */
  private final Map<Long, Long> ended = new HashMap<>();

  private boolean synchronizationSeen;

  SafepointSection(JvmScope scope) {
    super(scope);
    toReach = new BreakingDown(TO_REACH, "time to reach", "threads", Unit.NANOS, scope.limit());
    stopped = new BreakingDown(STOPPED, "begin to end", "", Unit.NANOS, scope.limit());
    operations =
        new BreakingDown("operations", "VM operations", "operation", Unit.NANOS, scope.limit());
  }

  private void begin(EventCursor event) {
    pair(event.getLong(2), event.getNanos(0), Long.MIN_VALUE);
    // Before JDK 11 brought the event of the synchronization, its time was the begin's.
    if (!synchronizationSeen && event.has(1) && event.getNanos(1) > 0) {
      reached(event, "threads in all: ", 3);
    }
  }

  private void synchronization(EventCursor event) {
    synchronizationSeen = true;
    reached(event, "threads that ran: ", 3);
  }

  private void reached(EventCursor event, String what, int countSlot) {
    long duration = event.getNanos(1);
    long threads = event.getLong(countSlot);
    toReach.add(
        Long.toString(threads),
        duration,
        describe(event, 0, duration, -1, -1, () -> what + threads));
  }

  private void end(EventCursor event) {
    pair(event.getLong(2), Long.MIN_VALUE, event.getNanos(0) + event.getNanos(1));
  }

  private void pair(long id, long begin, long end) {
    Long from = begin == Long.MIN_VALUE ? open.remove(id) : Long.valueOf(begin);
    Long to = end == Long.MIN_VALUE ? ended.remove(id) : Long.valueOf(end);
    if (from != null && to != null) {
      long duration = Math.max(0, to - from);
      stopped.add(
          "safepoint",
          duration,
          () ->
              new org.xivebench.replay.analysis.model.Occurrence(
                  from, duration, "", "safepoint " + id, java.util.List.of()));
      scope.lanes().mark("safepoint", "safepoint " + id, from, duration);
    } else if (from != null && open.size() < MAX_OPEN) {
      open.put(id, from);
    } else if (to != null && ended.size() < MAX_OPEN) {
      ended.put(id, to);
    }
  }

  private void operation(EventCursor event) {
    String name = String.valueOf(event.getString(2));
    long duration = event.getNanos(1);
    String key = event.getBoolean(3) ? name + " (at a safepoint)" : name;
    operations.add(
        key,
        duration,
        describe(
            event,
            0,
            duration,
            4,
            -1,
            () -> key + ", asked for by " + scope.threadName(event.getThread(4))));
  }

  @Override
  public void addAll(SafepointSection other) {
    toReach.addAll(other.toReach);
    stopped.addAll(other.stopped);
    operations.addAll(other.operations);
    synchronizationSeen |= other.synchronizationSeen;
    other.open.forEach((id, begin) -> pair(id, begin, Long.MIN_VALUE));
    other.ended.forEach((id, end) -> pair(id, Long.MIN_VALUE, end));
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "Safepoints");
    if (stopped.count() > 0) {
      double share = stopped.all().total() / (scope.seconds() * 1e9);
      section.add(Figure.of("stoppedShare", "time at safepoints", Unit.RATIO, share));
    }
    return section.add(toReach.result()).add(stopped.result()).add(operations.result()).build();
  }
}
