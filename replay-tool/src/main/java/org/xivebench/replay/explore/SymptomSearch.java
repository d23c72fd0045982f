package org.xivebench.replay.explore;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.xivebench.replay.Progress;
import org.xivebench.sync.InvariantReport;
import org.xivebench.sync.Invariants;

/**
 * Looks for one report among the schedules of an experiment. Failures that show something else are
 * counted, and the search goes on.
 */
public final class SymptomSearch {
  private final Experiment experiment;
  private final Duration limit;
  private final String symptom;
  private final List<String> elsewhere;
  private BooleanSupplier stopped = () -> false;
  private Progress progress = Progress.NONE;
  private long begun;

  /**
   * What the search gave.
   *
   * @param schedules how many were run
   * @param complete whether these are all within the strategy's bound
   * @param nanos how long it took
   * @param found the schedule that showed it
   * @param others how many schedules failed in another way that was to be expected
   * @param unexpected the first that failed in a way that was not
   */
  public record Result(
      long schedules,
      boolean complete,
      long nanos,
      Optional<Failure> found,
      long others,
      Optional<Failure> unexpected) {}

  /**
   * @param limit after which no new schedule is begun
   * @param symptom text that the report contains
   * @param elsewhere texts of other reports that are to be expected
   */
  public SymptomSearch(
      Experiment experiment, Duration limit, String symptom, List<String> elsewhere) {
    this.experiment = () -> watched(experiment.prepare());
    this.limit = limit;
    this.symptom = symptom;
    this.elsewhere = List.copyOf(elsewhere);
  }

  /** Begins no schedule any more when something holds. Returns this. */
  public SymptomSearch stoppingWhen(BooleanSupplier condition) {
    stopped = condition;
    return this;
  }

  /** Tells how many schedules have been run. Returns this. */
  public SymptomSearch telling(Progress listening) {
    progress = listening;
    return this;
  }

  /** Returns what is explored: an experiment that fails with the report, where there is one. */
  public Experiment experiment() {
    return experiment;
  }

  /** Searches. Nothing else may be explored in this JVM meanwhile. */
  public Result search(Strategy strategy) throws InterruptedException {
    long start = System.nanoTime();
    long schedules = 0;
    long others = 0;
    Failure unexpected = null;
    while (true) {
      Duration left = limit.minusNanos(System.nanoTime() - start);
      long before = begun;
      Explorer.Outcome outcome =
          new Explorer(experiment, strategy, left)
              .stoppingAtRules()
              .stoppingWhen(stopped)
              .telling((done, total) -> progress.update(before + done, total))
              .explore();
      begun += outcome.schedules() + outcome.cut();
      schedules += outcome.schedules();
      Optional<Failure> failure = outcome.failure();
      if (failure.isEmpty() || shows(failure.get(), symptom)) {
        return new Result(
            schedules,
            outcome.complete(),
            System.nanoTime() - start,
            failure,
            others,
            Optional.ofNullable(unexpected));
      }
      if (elsewhere.stream().anyMatch(text -> shows(failure.get(), text))) {
        others++;
      } else if (unexpected == null) {
        unexpected = failure.get();
      }
    }
  }

  /**
   * Searches depth first, with as few preemptions as will do: that schedule is the easiest to read.
   *
   * @param mostPreemptions how many are tried at most
   * @return of the last bound that was tried
   */
  public Result searchSimplest(int mostPreemptions) throws InterruptedException {
    Result result = search(new DepthFirst(0));
    for (int bound = 1; bound <= mostPreemptions && result.found().isEmpty(); bound++) {
      result = search(new DepthFirst(bound));
    }
    return result;
  }

  /** A broken invariant that is looked for is what the schedule failed with, whatever follows. */
  private Experiment.Run watched(Experiment.Run run) {
    return new Experiment.Run() {
      @Override
      public Map<String, Runnable> actors() {
        return run.actors();
      }

      @Override
      public void check() {
        reportOf(symptom)
            .ifPresent(
                report -> {
                  throw new AssertionError(report.toString());
                });
        run.check();
      }
    };
  }

  private static Optional<InvariantReport> reportOf(String text) {
    return Invariants.reports().stream().filter(each -> each.toString().contains(text)).findFirst();
  }

  /** What failed first may hide a report that was made as well. */
  private static boolean shows(Failure failure, String text) {
    return String.valueOf(failure.what().getMessage()).contains(text) || reportOf(text).isPresent();
  }
}
