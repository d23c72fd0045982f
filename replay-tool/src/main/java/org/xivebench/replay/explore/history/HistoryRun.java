package org.xivebench.replay.explore.history;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.Progress;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.SymptomSearch;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.replay.explore.trace.ScheduleTrace;

/**
 * Runs a case both ways, looking for one report: before the fix under schedules with more and more
 * preemptions until it comes, after the fix under every schedule within a bound. What else goes
 * wrong in the code of that day is counted, and not looked at again.
 */
public final class HistoryRun {
  private static final int MOST_PREEMPTIONS = 2;

  // What a token of a case has as its setting: history/NAME/before/1, the last the exhibit's
  // number.
  private static final String SETTING = "history";
  private static final String BEFORE = "before";
  private static final String AFTER = "after";

  private final List<DeviceType> backends;
  private final int bound;
  private final Duration limit;
  private BooleanSupplier stopped = () -> false;
  private Progress progress = Progress.NONE;
  private long told;

  /**
   * What one exhibit gave.
   *
   * @param backend its name
   * @param scenario its name
   * @param symptom what was looked for
   * @param before what running the code as it was before the fix gave
   * @param after the same as it was after
   * @param shown the schedule that showed it before, if one did
   * @param stillShown the schedule that showed it after, if one did
   */
  public record Result(
      String backend,
      String scenario,
      String symptom,
      SymptomSearch.Result before,
      SymptomSearch.Result after,
      Optional<Shown> shown,
      Optional<Shown> stillShown) {

    /** Returns whether the defect was seen before the fix, and nothing of it after. */
    public boolean isAsTold() {
      return before.found().isPresent()
          && after.found().isEmpty()
          && after.complete()
          && after.unexpected().isEmpty();
    }
  }

  /**
   * A schedule that showed what was looked for.
   *
   * @param symptom what that was
   * @param token runs it again
   */
  public record Shown(String symptom, ScheduleTrace trace, ScheduleToken token) {}

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

  /** Begins no schedule any more when something holds. Returns this. */
  public HistoryRun stoppingWhen(BooleanSupplier condition) {
    stopped = condition;
    return this;
  }

  /** Tells how many schedules have been run. Returns this. */
  public HistoryRun telling(Progress listening) {
    progress = listening;
    told = 0;
    return this;
  }

  /**
   * Runs a case. Nothing else may be explored in this JVM meanwhile.
   *
   * @throws IllegalStateException if a backend is missing
   */
  public List<Result> run(HistoryCase historyCase) throws InterruptedException {
    List<Result> results = new ArrayList<>();
    for (int at = 0; at < historyCase.exhibits().size() && !stopped.getAsBoolean(); at++) {
      results.add(run(historyCase, at));
    }
    return results;
  }

  /**
   * Returns the schedule that shows what is first to be seen of a case, in the code as it was
   * before the fix; empty if none does.
   */
  public Optional<Shown> firstBefore(HistoryCase historyCase) throws InterruptedException {
    Exhibit exhibit = historyCase.exhibits().get(0);
    SymptomSearch search = searchOf(exhibit, typeFor(exhibit), historyCase.before());
    return shown(historyCase, 0, true, search, search.searchSimplest(MOST_PREEMPTIONS));
  }

  private Result run(HistoryCase historyCase, int number) throws InterruptedException {
    Exhibit exhibit = historyCase.exhibits().get(number);
    DeviceType type = typeFor(exhibit);
    SymptomSearch searchBefore = searchOf(exhibit, type, historyCase.before());
    SymptomSearch.Result before = searchBefore.searchSimplest(MOST_PREEMPTIONS);
    SymptomSearch searchAfter = searchOf(exhibit, type, historyCase.after());
    SymptomSearch.Result after = searchAfter.search(new DepthFirst(bound));
    return new Result(
        type.name(),
        exhibit.scenario().name(),
        exhibit.symptom(),
        before,
        after,
        shown(historyCase, number, true, searchBefore, before),
        shown(historyCase, number, false, searchAfter, after));
  }

  private Optional<Shown> shown(
      HistoryCase historyCase,
      int number,
      boolean before,
      SymptomSearch search,
      SymptomSearch.Result result)
      throws InterruptedException {
    if (result.found().isEmpty()) {
      return Optional.empty();
    }
    Exhibit exhibit = historyCase.exhibits().get(number);
    List<Integer> choices = result.found().get().choices();
    ScheduleTrace trace = ScheduleTrace.of(search.experiment(), choices);
    String setting =
        String.join(
            "/", SETTING, historyCase.name(), before ? BEFORE : AFTER, String.valueOf(number + 1));
    return Optional.of(
        new Shown(
            exhibit.symptom(),
            trace,
            ScheduleToken.of(
                typeFor(exhibit).name(), exhibit.scenario().name(), setting, choices, trace)));
  }

  /** Returns whether a token is of a case. */
  public static boolean isOfACase(ScheduleToken token) {
    return token.setting().startsWith(SETTING + "/");
  }

  /** Returns the name of the case that a token is of. */
  public static String caseOf(ScheduleToken token) {
    return token.setting().split("/", -1)[1];
  }

  /** Returns what the token of a case runs; empty if this build has no such case. */
  public Optional<Experiment> experimentOf(ScheduleToken token) {
    String[] parts = token.setting().split("/", -1);
    Optional<HistoryCase> named =
        parts.length == 4 && parts[3].matches("[1-9][0-9]?")
            ? Museum.named(parts[1])
            : Optional.empty();
    if (named.isEmpty() || Integer.parseInt(parts[3]) > named.get().exhibits().size()) {
      return Optional.empty();
    }
    Exhibit exhibit = named.get().exhibits().get(Integer.parseInt(parts[3]) - 1);
    DeviceType type = typeFor(exhibit);
    if (!type.name().equals(token.backend())
        || !exhibit.scenario().name().equals(token.scenario())) {
      return Optional.empty();
    }
    Era era = parts[2].equals(BEFORE) ? named.get().before() : named.get().after();
    return Optional.of(searchOf(exhibit, type, era).experiment());
  }

  private DeviceType typeFor(Exhibit exhibit) {
    return backends.stream()
        .filter(each -> each.irqType() == exhibit.backend())
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no backend for " + exhibit.backend()));
  }

  private SymptomSearch searchOf(Exhibit exhibit, DeviceType type, Era era) {
    long before = told;
    return new SymptomSearch(
            exhibit.scenario().on(type, backends, era.config()),
            limit,
            exhibit.symptom(),
            exhibit.elsewhere())
        .stoppingWhen(stopped)
        .telling(
            (done, total) -> {
              told = before + done;
              progress.update(told, total);
            });
  }
}
