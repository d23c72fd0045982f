package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.trace.TraceKind;

/** Counts what was compared and what was not. */
// Ordinals index arrays of one run.
@SuppressWarnings("EnumOrdinal")
final class Tally {
  private static final int DIVERGENCES_KEPT = 10;

  private final long[] checked = new long[TraceKind.values().length];
  private final long[] gaps = new long[Gap.values().length];
  private final long[] differences = new long[KnownDifference.values().length];
  private final List<Divergence> divergences = new ArrayList<>();
  private long divergenceCount;
  long events;
  long operations;
  long swaps;
  long withoutEffect;

  /** As counted anew in the replay of a recorded run, at its end; else null. */
  RunTotals totals;

  /** The same of the effort. */
  RunEffort effort;

  void checked(TraceKind kind) {
    checked[kind.ordinal()]++;
  }

  void gap(Gap gap) {
    gap(gap, 1);
  }

  void gap(Gap gap, long count) {
    gaps[gap.ordinal()] += count;
  }

  void difference(KnownDifference difference) {
    differences[difference.ordinal()]++;
  }

  /** Counts a divergence; whether it is one of those that are kept. */
  boolean diverged() {
    return ++divergenceCount <= DIVERGENCES_KEPT;
  }

  void keep(Divergence divergence) {
    divergences.add(divergence);
  }

  long divergenceCount() {
    return divergenceCount;
  }

  List<Divergence> divergences() {
    return List.copyOf(divergences);
  }

  Map<TraceKind, Long> checkedByKind() {
    return counts(TraceKind.class, checked);
  }

  Map<Gap, Long> byGap() {
    return counts(Gap.class, gaps);
  }

  Map<KnownDifference, Long> byDifference() {
    return counts(KnownDifference.class, differences);
  }

  /** What was counted at all, in the order of the constants. */
  private static <K extends Enum<K>> Map<K, Long> counts(Class<K> type, long[] counters) {
    Map<K, Long> map = new EnumMap<>(type);
    for (K key : type.getEnumConstants()) {
      if (counters[key.ordinal()] > 0) {
        map.put(key, counters[key.ordinal()]);
      }
    }
    return map;
  }
}
