package org.xivebench.replay.explore;

import java.time.Duration;
import java.util.Optional;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Schedule;

/**
 * Runs an experiment under one schedule after the other, until one fails, none is left, or the time
 * is up.
 */
public final class Explorer {
  private static final int MOST_STEPS = 20_000;

  private final Experiment experiment;
  private final Strategy strategy;
  private final Duration limit;

  /**
   * What exploring gave.
   *
   * @param schedules how many were run
   * @param complete whether these are all within the strategy's bound
   * @param nanos how long it took
   * @param failure the first that failed
   */
  public record Outcome(long schedules, boolean complete, long nanos, Optional<Failure> failure) {}

  /**
   * @param limit after which no new schedule is begun
   */
  public Explorer(Experiment experiment, Strategy strategy, Duration limit) {
    this.experiment = experiment;
    this.strategy = strategy;
    this.limit = limit;
  }

  /** Explores. Nothing else may be explored in this JVM meanwhile. */
  public Outcome explore() throws InterruptedException {
    long start = System.nanoTime();
    long schedules = 0;
    while (System.nanoTime() - start < limit.toNanos() && strategy.nextRun()) {
      schedules++;
      Optional<Failure> failure = runOnce();
      if (failure.isPresent()) {
        return new Outcome(schedules, false, System.nanoTime() - start, failure);
      }
    }
    return new Outcome(
        schedules, strategy.isComplete(), System.nanoTime() - start, Optional.empty());
  }

  private Optional<Failure> runOnce() throws InterruptedException {
    Lifetime.resetReports();
    Invariants.reset();
    Experiment.Run run = experiment.prepare();
    TurnScheduler scheduler = new TurnScheduler(strategy, MOST_STEPS);
    run.actors().forEach(scheduler::add);
    Throwable failed;
    Schedule.Installation installation = Schedule.install(scheduler);
    try {
      failed = scheduler.run();
    } finally {
      installation.close();
    }
    if (failed == null) {
      try {
        run.check();
      } catch (RuntimeException | AssertionError broken) {
        failed = broken;
      }
    }
    return Optional.ofNullable(failed)
        .map(
            what ->
                new Failure(what, scheduler.actorNames(), scheduler.steps(), scheduler.choices()));
  }
}
