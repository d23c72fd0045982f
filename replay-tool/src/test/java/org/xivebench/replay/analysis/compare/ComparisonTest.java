package org.xivebench.replay.analysis.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.analysis.compare.Change.Verdict;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Timeline;
import org.xivebench.replay.analysis.model.Unit;

/** What is called a change, and what is called noise. */
class ComparisonTest {
  private static final long SECOND = 1_000_000_000L;

  /** Log-normal values, as latencies are. */
  private static Distribution latencies(long seed, int count, double scale) {
    Random random = new Random(seed);
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = (long) (scale * Math.exp(random.nextGaussian()));
    }
    Arrays.sort(values);
    List<Distribution.Point> curve = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      curve.add(new Distribution.Point(100.0 * (i + 1) / count, values[i]));
    }
    return new Distribution(
        Unit.NANOS,
        count,
        Arrays.stream(values).sum(),
        values[0],
        values[count / 2],
        values[count * 9 / 10],
        values[count * 99 / 100],
        values[(int) (count * 999L / 1000)],
        values[count - 1],
        curve);
  }

  private static JvmAnalysis jvm(long seconds, List<Finding> findings, Section... sections) {
    return new JvmAnalysis(
        1,
        "app",
        List.of("a.jfr"),
        1,
        0,
        seconds * SECOND,
        100,
        1000,
        List.of(sections),
        new Timeline(0, SECOND, 0, List.of(), 0, List.of(), 0),
        findings);
  }

  private static Section parks(Distribution all, Breakdown.Entry... entries) {
    return Section.builder("locks", "Locks")
        .add(new Breakdown("parks", "Parks", "class", all, List.of(entries), 0, List.of()))
        .build();
  }

  private static Verdict verdict(Comparison comparison, String key, String statistic) {
    return comparison.changes().stream()
        .filter(change -> change.key().equals(key) && change.statistic().equals(statistic))
        .findFirst()
        .orElseThrow()
        .verdict();
  }

  private static Comparison compare(Distribution before, Distribution after) {
    return Comparison.of(jvm(10, List.of(), parks(before)), jvm(10, List.of(), parks(after)));
  }

  @Test
  void equalPrograms_areWithinNoise_nearlyAlways() {
    int called = 0;
    for (int seed = 0; seed < 200; seed++) {
      called +=
          compare(latencies(seed, 2_000, 1e6), latencies(seed + 1_000_000, 2_000, 1e6))
              .certain()
              .size();
    }
    // 200 comparisons of 5 numbers each at three deviations of both sides.
    assertTrue(called <= 3, "equal programs called changed: " + called);
  }

  @Test
  void slowerByThird_isSeenAtEachPercentileThatHasEnoughValues() {
    Comparison comparison = compare(latencies(1, 20_000, 1e6), latencies(2, 20_000, 1.33e6));

    assertEquals(Verdict.CHANGED, verdict(comparison, "", "p50"));
    assertEquals(Verdict.CHANGED, verdict(comparison, "", "p90"));
    assertEquals(Verdict.CHANGED, verdict(comparison, "", "p99"));
    assertEquals(Verdict.WITHIN_NOISE, verdict(comparison, "", "rate"));
    Change p50 =
        comparison.changes().stream().filter(c -> c.statistic().equals("p50")).findFirst().get();
    assertEquals(1.33, p50.ratio(), 0.05);
  }

  @Test
  void slowerByThird_inTwentyValues_mayBeChance() {
    Comparison comparison = compare(latencies(1, 20, 1e6), latencies(2, 20, 1.33e6));

    assertEquals(List.of(), comparison.certain());
  }

  @Test
  void certainDifferenceThatIsTiny_isNotToldOf() {
    Comparison comparison = compare(latencies(1, 300_000, 1e6), latencies(1, 300_000, 1.02e6));

    assertEquals(Verdict.WITHIN_NOISE, verdict(comparison, "", "p50"));
  }

  @Test
  void rates_areComparedByTheSecond() {
    JvmAnalysis shorter = jvm(10, List.of(), parks(latencies(1, 1_000, 1e6)));
    JvmAnalysis longer = jvm(20, List.of(), parks(latencies(2, 2_000, 1e6)));
    JvmAnalysis busier = jvm(10, List.of(), parks(latencies(3, 2_000, 1e6)));

    assertEquals(Verdict.WITHIN_NOISE, verdict(Comparison.of(shorter, longer), "", "rate"));
    assertEquals(Verdict.CHANGED, verdict(Comparison.of(shorter, busier), "", "rate"));
  }

  @Test
  void keyOfOneSideOnly_isSaid() {
    Distribution values = latencies(1, 100, 1e6);
    JvmAnalysis before = jvm(10, List.of(), parks(values, new Breakdown.Entry("old", values)));
    JvmAnalysis after = jvm(10, List.of(), parks(values, new Breakdown.Entry("new", values)));

    Comparison comparison = Comparison.of(before, after);

    assertEquals(Verdict.ONLY_BEFORE, verdict(comparison, "old", "rate"));
    assertEquals(Verdict.ONLY_AFTER, verdict(comparison, "new", "rate"));
  }

  @Test
  void figures_changeWithUnknownNoise() {
    Section before =
        Section.builder("s", "S").add(Figure.of("heap", "Heap", Unit.BYTES, 100L)).build();
    Section after =
        Section.builder("s", "S").add(Figure.of("heap", "Heap", Unit.BYTES, 200L)).build();

    Change change =
        Comparison.of(jvm(1, List.of(), before), jvm(1, List.of(), after)).changes().get(0);

    assertEquals(Verdict.NOISE_UNKNOWN, change.verdict());
    assertEquals(2.0, change.ratio());
  }

  @Test
  void findings_thatComeAndGo_areListed() {
    Finding lost = new Finding("lost", Severity.ERROR, "lost", "", "", "");
    Finding slow = new Finding("slow", Severity.WARNING, "slow", "", "", "");

    Comparison comparison = Comparison.of(jvm(1, List.of(lost)), jvm(1, List.of(slow)));

    assertEquals(List.of(slow), comparison.newFindings());
    assertEquals(List.of(lost), comparison.goneFindings());
  }
}
