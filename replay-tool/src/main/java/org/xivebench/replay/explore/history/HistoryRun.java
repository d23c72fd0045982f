package org.xivebench.replay.explore.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.SymptomSearch;

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
      String backend,
      String scenario,
      String symptom,
      SymptomSearch.Result before,
      SymptomSearch.Result after) {

    /** Returns whether the defect was seen before the fix, and nothing of it after. */
    public boolean isAsTold() {
      return before.found().isPresent()
          && after.found().isEmpty()
          && after.complete()
          && after.unexpected().isEmpty();
    }
  }

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
      SymptomSearch.Result before =
          searchOf(exhibit, type, historyCase.before()).searchSimplest(MOST_PREEMPTIONS);
      SymptomSearch.Result after =
          searchOf(exhibit, type, historyCase.after()).search(new DepthFirst(bound));
      results.add(
          new Result(type.name(), exhibit.scenario().name(), exhibit.symptom(), before, after));
    }
    return results;
  }

  private SymptomSearch searchOf(Exhibit exhibit, DeviceType type, Era era) {
    return new SymptomSearch(
        exhibit.scenario().on(type, backends, era.config()),
        limit,
        exhibit.symptom(),
        exhibit.elsewhere());
  }
}
