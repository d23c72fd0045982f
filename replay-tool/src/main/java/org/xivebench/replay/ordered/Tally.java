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
  private final List<Divergence> divergences = new ArrayList<>();
  private long divergenceCount;
  long events;
  long operations;
  long withoutEffect;

  void checked(TraceKind kind) {
    checked[kind.ordinal()]++;
  }

  void gap(Gap gap) {
    gap(gap, 1);
  }

  void gap(Gap gap, long count) {
    gaps[gap.ordinal()] += count;
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
    Map<TraceKind, Long> map = new EnumMap<>(TraceKind.class);
    for (TraceKind kind : TraceKind.values()) {
      if (checked[kind.ordinal()] > 0) {
        map.put(kind, checked[kind.ordinal()]);
      }
    }
    return map;
  }

  Map<Gap, Long> byGap() {
    Map<Gap, Long> map = new EnumMap<>(Gap.class);
    for (Gap gap : Gap.values()) {
      if (gaps[gap.ordinal()] > 0) {
        map.put(gap, gaps[gap.ordinal()]);
      }
    }
    return map;
  }
}
