package org.xivebench.replay.explore;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.xivebench.replay.Progress;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.LockOrderReport;
import org.xivebench.sync.Lockdep;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.UseAfterFree;

/**
 * Runs an experiment under one schedule after the other, until one fails, none is left, or the time
 * is up.
 *
 * <p>A broken rule, such as a lock taken in the wrong order, says that something bad can happen,
 * not that it did. After the first one the search goes on for some schedules, for one in which it
 * does.
 */
public final class Explorer {
  private static final int MOST_STEPS = 20_000;

  /** Schedules that are looked at for what a broken rule leads to. */
  private static final int PURSUIT = 5_000;

  /** Distinct schedules that are counted; beyond, the count is a lower bound. */
  private static final int MOST_DISTINCT = 1 << 24;

  private final Experiment experiment;
  private final Strategy strategy;
  private final Duration limit;
  private final Crew crew;
  private StepListener listener;
  private BooleanSupplier stopped = () -> false;
  private Progress progress = Progress.NONE;

  private long schedules;
  private long cut;
  private Failure first;
  private int pursuit = PURSUIT;
  private long mostSchedules = Long.MAX_VALUE;
  private long lastRun = Long.MAX_VALUE;
  private final LongByteMap distinct = new LongByteMap(MOST_DISTINCT);

  /**
   * What exploring gave.
   *
   * @param schedules how many were run to their end
   * @param distinct how many of these differ in more than the order of independent steps
   * @param cut how many more were begun, and given up where they came to something that had been
   *     seen
   * @param complete whether these are all within the strategy's bound
   * @param nanos how long it took
   * @param failure what was found
   * @param last the choices of the last one that was run to its end
   */
  public record Outcome(
      long schedules,
      long distinct,
      long cut,
      boolean complete,
      long nanos,
      Optional<Failure> failure,
      List<Integer> last) {}

  /**
   * @param limit after which no new schedule is begun
   */
  public Explorer(Experiment experiment, Strategy strategy, Duration limit) {
    this(experiment, strategy, limit, Crew.fastest());
  }

  private Explorer(Experiment experiment, Strategy strategy, Duration limit, Crew crew) {
    this.experiment = experiment;
    this.strategy = strategy;
    this.limit = limit;
    this.crew = crew;
  }

  /**
   * Returns an explorer of one schedule, on threads that a debugger shows with the actors' names.
   */
  public static Explorer replaying(
      Experiment experiment, FixedSchedule schedule, StepListener listener) {
    Explorer explorer = new Explorer(experiment, schedule, Duration.ofDays(1), Crew.PLATFORM);
    explorer.listener = listener;
    return explorer.stoppingAtRules();
  }

  /** Makes a broken rule end the search, as any other failure does. Returns this. */
  public Explorer stoppingAtRules() {
    pursuit = 0;
    return this;
  }

  /** Limits how many schedules are run. Returns this. */
  public Explorer atMost(long most) {
    mostSchedules = most;
    return this;
  }

  /** Begins no schedule any more when something holds. Returns this. */
  public Explorer stoppingWhen(BooleanSupplier condition) {
    stopped = condition;
    return this;
  }

  /** Tells how many schedules have been run, those that were cut short among them. Returns this. */
  public Explorer telling(Progress listening) {
    progress = listening;
    return this;
  }

  /** Explores, once. Nothing else may be explored in this JVM meanwhile. */
  public Outcome explore() throws InterruptedException {
    return crew.call(this::exploreHere);
  }

  private Outcome exploreHere() throws InterruptedException {
    long start = System.nanoTime();
    Lockdep.reset();
    List<Integer> last;
    try (TurnScheduler scheduler = new TurnScheduler(crew, MOST_STEPS, listener)) {
      while (schedules + cut < lastRun
          && schedules < mostSchedules
          && System.nanoTime() - start < limit.toNanos()
          && !stopped.getAsBoolean()
          && strategy.nextRun()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (runOnce(scheduler)) {
          break;
        }
        progress.update(schedules + cut, 0);
      }
      last = scheduler.choices();
    }
    return new Outcome(
        schedules,
        distinct.size(),
        cut,
        strategy.isComplete(),
        System.nanoTime() - start,
        Optional.ofNullable(first),
        last);
  }

  /** Runs a schedule. Returns whether that was the last one that is wanted. */
  private boolean runOnce(TurnScheduler scheduler) {
    Lifetime.resetReports();
    Invariants.reset();
    Experiment.Run run = experiment.prepare();
    Map<String, Runnable> actors = run.actors();
    Throwable failed;
    Schedule.Installation installation = Schedule.install(scheduler);
    try {
      failed = scheduler.run(strategy, actors);
    } finally {
      installation.close();
    }
    if (listener != null) {
      listener.ended(failed);
    }
    if (scheduler.wasCut()) {
      cut++;
      return false;
    }
    schedules++;
    boolean isNew = distinct.put(scheduler.signature(), 0);
    if (failed == null) {
      failed = checkEnd(run, isNew);
    }
    return failed != null && keep(rootOf(failed), scheduler);
  }

  /**
   * Looks at what a run led to. Runs with one signature lead to one state, which is looked at once.
   */
  private static Throwable checkEnd(Experiment.Run run, boolean isNew) {
    if (isNew) {
      try {
        run.check();
      } catch (RuntimeException | AssertionError broken) {
        return broken;
      }
    }
    List<LockOrderReport> inversions = Lockdep.reports();
    return inversions.isEmpty()
        ? null
        : new BrokenRule(BrokenRule.Kind.LOCK_ORDER, inversions.get(0).toString());
  }

  /** What a use after free has led to is not what failed. */
  private static Throwable rootOf(Throwable failed) {
    List<UseAfterFree> reports = Lifetime.reports();
    return reports.isEmpty() ? failed : reports.get(0);
  }

  /** Keeps the worst failure, and of equals the first. Returns whether there can be no worse. */
  private boolean keep(Throwable failed, TurnScheduler scheduler) {
    if (first == null) {
      lastRun = schedules + cut + pursuit;
    }
    if (first == null || gravity(failed) > gravity(first.what())) {
      first = new Failure(failed, scheduler.choices());
    }
    return !(failed instanceof BrokenRule);
  }

  private static int gravity(Throwable failed) {
    return failed instanceof BrokenRule rule
        ? rule.kind().ordinal()
        : BrokenRule.Kind.values().length;
  }
}
