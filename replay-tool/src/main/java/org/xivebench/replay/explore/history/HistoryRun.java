package org.xivebench.replay.explore.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.Strategy;
import org.xivebench.sync.Invariants;

/**
 * Runs a case both ways, looking for one report: before the fix under schedules with more and more
 * preemptions until it comes, after the fix under every schedule within a bound. What else goes
 * wrong in the code of that day is counted, and not looked at again.
 */
public final class HistoryRun {
  private static final int MOST_PREEMPTIONS = 2;

  private final List<DeviceType> backends;
  private final int bound;
  private final Duration limit;

  /**
   * What one exhibit gave.
   *
   * @param backend its name
   * @param scenario its name
   * @param symptom what was looked for
   * @param before what running the code as it was before the fix gave
   * @param after the same as it was after
   */
  public record Result(
      String backend, String scenario, String symptom, Search before, Search after) {

    /** Returns whether the defect was seen before the fix, and nothing of it after. */
    public boolean isAsTold() {
      return before.found().isPresent()
          && after.found().isEmpty()
          && after.complete()
          && after.unexpected().isEmpty();
    }
  }

  /**
   * A search for one report.
   *
   * @param schedules how many were run
   * @param complete whether these are all within the bound
   * @param nanos how long it took
   * @param found the schedule that showed it
   * @param others how many schedules failed in another way, that the case allows
   * @param unexpected the first that failed in a way that it does not allow
   */
  public record Search(
      long schedules,
      boolean complete,
      long nanos,
      Optional<Failure> found,
      long others,
      Optional<Failure> unexpected) {}

  /**
   * @param backends that there are
   * @param bound most preemptions in a schedule of the code after the fix
   * @param limit for each of the two searches of an exhibit
   */
  public HistoryRun(List<DeviceType> backends, int bound, Duration limit) {
    this.backends = List.copyOf(backends);
    this.bound = bound;
    this.limit = limit;
  }

  /**
   * Runs a case. Nothing else may be explored in this JVM meanwhile.
   *
   * @throws IllegalStateException if a backend is missing
   */
  public List<Result> run(HistoryCase historyCase) throws InterruptedException {
    List<Result> results = new ArrayList<>();
    for (Exhibit exhibit : historyCase.exhibits()) {
      DeviceType type =
          backends.stream()
              .filter(each -> each.irqType() == exhibit.backend())
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("no backend for " + exhibit.backend()));
      Search before = searchBefore(exhibit, type, historyCase.before());
      Search after = search(exhibit, type, historyCase.after(), bound);
      results.add(
          new Result(type.name(), exhibit.scenario().name(), exhibit.symptom(), before, after));
    }
    return results;
  }

  /** With as few preemptions as will do: that schedule is the easiest to read. */
  private Search searchBefore(Exhibit exhibit, DeviceType type, Era era)
      throws InterruptedException {
    Search result = search(exhibit, type, era, 0);
    for (int more = 1; more <= MOST_PREEMPTIONS && result.found().isEmpty(); more++) {
      result = search(exhibit, type, era, more);
    }
    return result;
  }

  private Search search(Exhibit exhibit, DeviceType type, Era era, int preemptions)
      throws InterruptedException {
    Experiment experiment = exhibit.scenario().on(type, backends, era.config());
    Strategy strategy = new DepthFirst(preemptions);
    long start = System.nanoTime();
    long schedules = 0;
    long others = 0;
    Failure unexpected = null;
    while (true) {
      Duration left = limit.minusNanos(System.nanoTime() - start);
      Explorer.Outcome outcome = new Explorer(experiment, strategy, left).explore();
      schedules += outcome.schedules();
      Optional<Failure> failure = outcome.failure();
      boolean found = failure.filter(each -> shows(each, exhibit.symptom())).isPresent();
      if (failure.isEmpty() || found) {
        return new Search(
            schedules,
            outcome.complete(),
            System.nanoTime() - start,
            failure,
            others,
            Optional.ofNullable(unexpected));
      }
      if (exhibit.elsewhere().stream().anyMatch(text -> shows(failure.get(), text))) {
        others++;
      } else if (unexpected == null) {
        unexpected = failure.get();
      }
    }
  }

  /** What failed first may hide a report that was made as well. */
  private static boolean shows(Failure failure, String symptom) {
    return String.valueOf(failure.what().getMessage()).contains(symptom)
        || Invariants.reports().stream().anyMatch(each -> each.toString().contains(symptom));
  }
}
