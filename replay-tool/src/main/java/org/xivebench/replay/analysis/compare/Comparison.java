package org.xivebench.replay.analysis.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.analysis.compare.Change.Verdict;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;

/**
 * What differs between two JVMs, or two runs of the bench. Counts are compared by the second, so
 * that recordings of different lengths can be compared.
 *
 * @param before the first
 * @param after the second
 * @param changes every number that was compared; the largest certain change first, then those whose
 *     noise is unknown, then what is within noise
 * @param newFindings what rules found in the second only
 * @param goneFindings what rules found in the first only
 */
public record Comparison(
    JvmAnalysis before,
    JvmAnalysis after,
    List<Change> changes,
    List<Finding> newFindings,
    List<Finding> goneFindings) {
  private static final Map<String, Double> PERCENTILES = percentiles();

  /** Copies the lists. */
  public Comparison {
    changes = List.copyOf(changes);
    newFindings = List.copyOf(newFindings);
    goneFindings = List.copyOf(goneFindings);
  }

  private static Map<String, Double> percentiles() {
    Map<String, Double> percentiles = new LinkedHashMap<>();
    percentiles.put("p50", 50.0);
    percentiles.put("p90", 90.0);
    percentiles.put("p99", 99.0);
    percentiles.put("p99.9", 99.9);
    return percentiles;
  }

  /**
   * Compares two analyses JVM by JVM, in the order of time. JVMs that only one has are left out.
   */
  public static List<Comparison> of(Analysis before, Analysis after) {
    List<Comparison> comparisons = new ArrayList<>();
    for (int i = 0; i < Math.min(before.jvms().size(), after.jvms().size()); i++) {
      comparisons.add(of(before.jvms().get(i), after.jvms().get(i)));
    }
    return comparisons;
  }

  /** Compares two JVMs. */
  public static Comparison of(JvmAnalysis before, JvmAnalysis after) {
    List<Change> changes = new ArrayList<>();
    for (Section section : before.sections()) {
      after
          .section(section.name())
          .ifPresent(other -> compare(section, before, other, after, changes));
    }
    changes.sort(
        Comparator.comparing((Change change) -> rank(change.verdict()))
            .thenComparing(Change::distance, Comparator.reverseOrder()));
    return new Comparison(
        before,
        after,
        changes,
        without(after.findings(), before.findings()),
        without(before.findings(), after.findings()));
  }

  /** The changes that are more than chance. */
  public List<Change> certain() {
    return changes.stream().filter(change -> rank(change.verdict()) == 0).toList();
  }

  private static int rank(Verdict verdict) {
    return switch (verdict) {
      case CHANGED, ONLY_BEFORE, ONLY_AFTER -> 0;
      case NOISE_UNKNOWN -> 1;
      case WITHIN_NOISE -> 2;
    };
  }

  private static List<Finding> without(List<Finding> findings, List<Finding> others) {
    return findings.stream()
        .filter(finding -> others.stream().noneMatch(o -> o.rule().equals(finding.rule())))
        .toList();
  }

  private static void compare(
      Section before, JvmAnalysis beforeJvm, Section after, JvmAnalysis afterJvm, List<Change> to) {
    for (Figure figure : before.figures()) {
      if (figure.unit() == Unit.TEXT || figure.unit() == Unit.EPOCH_NANOS) {
        continue;
      }
      after
          .figure(figure.name())
          .ifPresent(
              other ->
                  to.add(
                      new Change(
                          before.name(),
                          figure.name(),
                          figure.title(),
                          "",
                          "value",
                          figure.unit(),
                          figure.number(),
                          other.number(),
                          figure.number() == other.number()
                              ? Verdict.WITHIN_NOISE
                              : Verdict.NOISE_UNKNOWN)));
    }
    Map<String, Breakdown> others = new LinkedHashMap<>();
    after.breakdowns().forEach(breakdown -> others.put(breakdown.name(), breakdown));
    for (Breakdown breakdown : before.breakdowns()) {
      Breakdown other = others.remove(breakdown.name());
      Pair pair = new Pair(before.name(), breakdown, beforeJvm.spanNanos(), afterJvm.spanNanos());
      pair.compare(
          "",
          breakdown.all(),
          other == null ? Distribution.empty(breakdown.unit()) : other.all(),
          to);
      if (other != null) {
        pair.compareEntries(breakdown, other, to);
      }
    }
    for (Breakdown only : others.values()) {
      new Pair(before.name(), only, beforeJvm.spanNanos(), afterJvm.spanNanos())
          .compare("", Distribution.empty(only.unit()), only.all(), to);
    }
  }

  /** One breakdown of both recordings. */
  private record Pair(String section, Breakdown breakdown, long beforeNanos, long afterNanos) {

    void compareEntries(Breakdown before, Breakdown after, List<Change> to) {
      Map<String, Distribution> others = new LinkedHashMap<>();
      after.entries().forEach(entry -> others.put(entry.key(), entry.values()));
      for (Breakdown.Entry entry : before.entries()) {
        Distribution other = others.remove(entry.key());
        if (other != null) {
          compare(entry.key(), entry.values(), other, to);
        } else if (after.omittedKeys() == 0) { // else it may be among those that are not listed
          compare(entry.key(), entry.values(), Distribution.empty(entry.values().unit()), to);
        }
      }
      if (before.omittedKeys() == 0) {
        others.forEach(
            (key, values) -> compare(key, Distribution.empty(values.unit()), values, to));
      }
    }

    void compare(String key, Distribution before, Distribution after, List<Change> to) {
      if (before.count() == 0 && after.count() == 0) {
        return;
      }
      double rateBefore = perSecond(before.count(), beforeNanos);
      double rateAfter = perSecond(after.count(), afterNanos);
      Verdict rate =
          beforeNanos > 0
                  && afterNanos > 0
                  && Noise.ratesDiffer(before.count(), beforeNanos, after.count(), afterNanos)
              ? Verdict.CHANGED
              : Verdict.WITHIN_NOISE;
      if (rate == Verdict.CHANGED && before.count() == 0) {
        rate = Verdict.ONLY_AFTER;
      } else if (rate == Verdict.CHANGED && after.count() == 0) {
        rate = Verdict.ONLY_BEFORE;
      }
      to.add(change(key, "rate", Unit.PER_SECOND, rateBefore, rateAfter, rate));
      if (before.count() == 0 || after.count() == 0) {
        return;
      }
      PERCENTILES.forEach(
          (name, percentile) ->
              to.add(
                  change(
                      key,
                      name,
                      before.unit(),
                      Noise.valueAt(before.curve(), percentile),
                      Noise.valueAt(after.curve(), percentile),
                      Noise.percentilesDiffer(percentile, before, after)
                          ? Verdict.CHANGED
                          : Verdict.WITHIN_NOISE)));
    }

    private static double perSecond(long count, long nanos) {
      return nanos <= 0 ? 0 : count * 1e9 / nanos;
    }

    private Change change(
        String key, String statistic, Unit unit, double before, double after, Verdict verdict) {
      return new Change(
          section,
          breakdown.name(),
          breakdown.title(),
          key,
          statistic,
          unit,
          before,
          after,
          verdict);
    }
  }
}
