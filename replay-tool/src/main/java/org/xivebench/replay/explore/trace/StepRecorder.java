package org.xivebench.replay.explore.trace;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.swap.SwapStep;
import org.xivebench.replay.explore.BrokenRule;
import org.xivebench.replay.explore.StepListener;
import org.xivebench.replay.explore.StuckException;
import org.xivebench.sync.InvariantReport;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.LockOrderReport;
import org.xivebench.sync.Lockdep;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.OpalCall;

/**
 * Writes the steps of one schedule down, and explains with them what failed. One actor runs at a
 * time, so a report that is new at a step was made in the step before.
 */
final class StepRecorder implements StepListener {
  private final TracedStepListener listener;
  private List<String> actors = List.of();
  private final List<TracedStep> steps = new ArrayList<>();
  private final List<Object> subjects = new ArrayList<>();

  /** Per actor the locks that it was about to take, in that order, each with the step. */
  private final List<Map<Mutex, Integer>> taken = new ArrayList<>();

  /** Per report the step in which it was made. */
  private final IdentityHashMap<Object, Integer> madeAt = new IdentityHashMap<>();

  private boolean failedInStep;

  StepRecorder(TracedStepListener listener) {
    this.listener = listener;
  }

  /** Begins a schedule. */
  void begin(List<String> names) {
    actors = names;
    names.forEach(name -> taken.add(new IdentityHashMap<>()));
  }

  List<String> actors() {
    return actors;
  }

  List<TracedStep> steps() {
    return List.copyOf(steps);
  }

  @Override
  public void step(int number, int actor, PointKind kind, Object subject) {
    noteReports();
    TracedStep step =
        new TracedStep(
            number,
            actor,
            kind,
            nameOf(subject),
            locksOf(actor, Thread.currentThread()),
            PathFinder.ofCurrentThread());
    steps.add(step);
    subjects.add(subject);
    if (kind == PointKind.LOCK && subject instanceof Mutex lock) {
      taken.get(actor).put(lock, number);
    }
    listener.beforeStep(actors.get(actor), step);
  }

  @Override
  public void ended(Throwable failure) {
    noteReports();
    failedInStep = failure != null;
  }

  /** Steps have names for people; everything else is named by itself. */
  private static String nameOf(Object subject) {
    if (subject instanceof Step step) {
      return step.optionName();
    }
    if (subject instanceof OpalCall call) {
      return "OPAL " + call;
    }
    return subject instanceof SwapStep step ? step.label() : String.valueOf(subject);
  }

  private List<String> locksOf(int actor, Thread thread) {
    return taken.get(actor).entrySet().stream()
        .filter(entry -> entry.getKey().owner() == thread)
        .sorted(Map.Entry.comparingByValue())
        .map(entry -> entry.getKey().toString())
        .toList();
  }

  private void noteReports() {
    Lifetime.reports().forEach(this::note);
    Invariants.reports().forEach(this::note);
    Lockdep.reports().forEach(this::note);
  }

  private void note(Object report) {
    madeAt.putIfAbsent(report, steps.size());
  }

  // ---- what failed

  /** Explains what a schedule, the one that was written down, failed with. */
  ScheduleTrace.Finding explain(Throwable what) {
    if (what instanceof UseAfterFree report) {
      return explain(report);
    }
    if (what instanceof StuckException stuck) {
      return explain(stuck);
    }
    ScheduleTrace.Kind kind =
        what instanceof BrokenRule ? ScheduleTrace.Kind.BROKEN_RULE : ScheduleTrace.Kind.FAILED;
    OptionalInt step = stepOf(what);
    return finding(kind, String.valueOf(what.getMessage()), step, byAt(step), Optional.empty());
  }

  private ScheduleTrace.Finding explain(UseAfterFree report) {
    OptionalInt step = stepOfReport(report);
    String by = report.freedBy();
    int reason = by.indexOf(" (");
    ScheduleTrace.Freed freed =
        new ScheduleTrace.Freed(
            report.object(),
            reason < 0 ? by : by.substring(0, reason),
            reason < 0 ? "" : by.substring(reason + 2, by.length() - 1),
            freedAt(report.object(), step));
    return finding(
        report.isDoubleFree() ? ScheduleTrace.Kind.DOUBLE_FREE : ScheduleTrace.Kind.USE_AFTER_FREE,
        report.getMessage(),
        step,
        report.usedBy(),
        Optional.of(freed));
  }

  private ScheduleTrace.Finding explain(StuckException stuck) {
    List<ScheduleTrace.Wait> waits = stuck.waiters().stream().map(this::waitOf).toList();
    return new ScheduleTrace.Finding(
        ScheduleTrace.Kind.STUCK,
        stuck.getMessage(),
        OptionalInt.empty(),
        "",
        Optional.empty(),
        Optional.empty(),
        waits,
        cycleIn(waits));
  }

  private ScheduleTrace.Finding finding(
      ScheduleTrace.Kind kind,
      String message,
      OptionalInt step,
      String by,
      Optional<ScheduleTrace.Freed> freed) {
    return new ScheduleTrace.Finding(
        kind,
        message,
        step,
        by,
        step.isPresent() ? at(step.getAsInt()).path() : Optional.empty(),
        freed,
        List.of(),
        List.of());
  }

  private TracedStep at(int number) {
    return steps.get(number - 1);
  }

  private String byAt(OptionalInt step) {
    return step.isPresent() ? actors.get(at(step.getAsInt()).actor()) : "";
  }

  /** A report that says what failed, or the last step, if that is where an actor failed. */
  private OptionalInt stepOf(Throwable what) {
    String message = String.valueOf(what.getMessage());
    for (Map.Entry<Object, Integer> entry : madeAt.entrySet()) {
      Object report = entry.getKey();
      if ((report instanceof InvariantReport || report instanceof LockOrderReport)
          && report.toString().equals(message)) {
        return number(entry.getValue());
      }
    }
    return failedInStep ? number(steps.size()) : OptionalInt.empty();
  }

  private OptionalInt stepOfReport(Object report) {
    return number(madeAt.getOrDefault(report, 0));
  }

  private static OptionalInt number(int step) {
    return step == 0 ? OptionalInt.empty() : OptionalInt.of(step);
  }

  /** Returns the step that freed what a later step met. */
  private OptionalInt freedAt(String object, OptionalInt met) {
    int end = met.isPresent() ? met.getAsInt() - 1 : steps.size();
    Object subject = met.isPresent() ? subjects.get(met.getAsInt() - 1) : null;
    for (int at = end; at > 0; at--) {
      if (at(at).kind() == PointKind.FREE
          && (subjects.get(at - 1) == subject || at(at).object().equals(object))) {
        return OptionalInt.of(at);
      }
    }
    return OptionalInt.empty();
  }

  private ScheduleTrace.Wait waitOf(StuckException.Waiter waiter) {
    if (waiter.holder() < 0) {
      return new ScheduleTrace.Wait(
          waiter.actor(), nameOf(waiter.object()), OptionalInt.empty(), OptionalInt.empty());
    }
    int since = taken.get(waiter.holder()).getOrDefault(waiter.object(), 0);
    return new ScheduleTrace.Wait(
        waiter.actor(), nameOf(waiter.object()), OptionalInt.of(waiter.holder()), number(since));
  }

  /** Follows the holders of locks from each actor until one comes again. */
  private static List<Integer> cycleIn(List<ScheduleTrace.Wait> waits) {
    Map<Integer, Integer> next = new HashMap<>();
    waits.forEach(wait -> wait.holder().ifPresent(holder -> next.put(wait.actor(), holder)));
    for (ScheduleTrace.Wait wait : waits) {
      List<Integer> ring = new ArrayList<>();
      Integer at = wait.actor();
      while (at != null && !ring.contains(at)) {
        ring.add(at);
        at = next.get(at);
      }
      if (at != null) {
        return List.copyOf(ring.subList(ring.indexOf(at), ring.size()));
      }
    }
    return List.of();
  }
}
