package org.xivebench.replay.explore.history;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.SymptomSearch;
import org.xivebench.replay.explore.trace.FindingText;

/** What people read about a case and how it went. */
public final class HistoryText {
  private static final int NAME_COLUMN = 22;

  private HistoryText() {}

  /** Prints one line for each case. */
  public static void list(PrintStream out) {
    for (HistoryCase each : Museum.all()) {
      out.printf(
          Locale.ROOT,
          "%-12s  %-" + NAME_COLUMN + "s %s%n",
          each.commit().orElse(""),
          each.name(),
          each.title());
    }
  }

  /** Prints what a case is, and under which options it is run. */
  public static void head(HistoryCase each, PrintStream out) {
    out.println(each.commit().map(hash -> hash + "  ").orElse("") + each.title());
    out.println("  " + each.defect());
    out.println("  " + each.remedy());
    out.println("  before: " + each.beforeOptions());
    out.println("  after:  " + each.afterOptions());
    out.println();
  }

  /** Prints what an exhibit gave, in a line; and what was not to be expected. */
  public static void result(HistoryRun.Result result, PrintStream out) {
    SymptomSearch.Result before = result.before();
    SymptomSearch.Result after = result.after();
    out.printf(
        Locale.ROOT,
        "  %-12s %-20s before: %s after %d schedules; after: %s, %d schedules%s%n",
        result.backend(),
        result.scenario(),
        before.found().isPresent() ? "seen" : "NOT SEEN",
        before.schedules(),
        afterwards(after),
        after.schedules(),
        after.others() == 0 ? "" : ", " + after.others() + " of them fail for other reasons");
    before.unexpected().ifPresent(failure -> unexpected("before", failure, out));
    after.unexpected().ifPresent(failure -> unexpected("after", failure, out));
    result.stillShown().ifPresent(shown -> out.println("    again: --replay " + shown.token()));
  }

  /** Returns what is said below the schedule that showed a defect. */
  public static List<String> symptomLines(HistoryRun.Shown shown) {
    List<String> lines = new ArrayList<>(FindingText.lines(shown.trace()));
    if (!lines.get(0).contains(shown.symptom())) {
      lines.add("and " + shown.symptom());
    }
    return lines;
  }

  private static String afterwards(SymptomSearch.Result after) {
    if (after.found().isPresent()) {
      return "STILL SEEN";
    }
    return after.complete() ? "gone, complete" : "not seen, NOT COMPLETE";
  }

  private static void unexpected(String when, Failure failure, PrintStream out) {
    out.println("    " + when + ", UNEXPECTED: " + failure.what());
  }

  /** Prints how many cases are as told. */
  public static void summary(
      List<HistoryRun.Result> results, boolean interrupted, PrintStream out) {
    long good = results.stream().filter(HistoryRun.Result::isAsTold).count();
    long schedules =
        results.stream()
            .mapToLong(each -> each.before().schedules() + each.after().schedules())
            .sum();
    long nanos =
        results.stream().mapToLong(each -> each.before().nanos() + each.after().nanos()).sum();
    out.printf(
        Locale.ROOT,
        "%d as told, %d not%s; %d schedules in %.1f s, %.0f schedules/s%n",
        good,
        results.size() - good,
        interrupted ? ", interrupted" : "",
        schedules,
        nanos / 1e9,
        nanos == 0 ? 0.0 : schedules * 1e9 / nanos);
  }
}
