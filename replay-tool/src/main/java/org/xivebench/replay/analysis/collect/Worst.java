package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.xivebench.replay.analysis.model.Occurrence;

/** Keeps the largest few events. */
public final class Worst {
  /** More than a report shows by default, so that there is something to ask for. */
  public static final int KEPT = 10;

  private static final Comparator<Occurrence> LARGEST_FIRST =
      Comparator.comparingLong(Occurrence::value)
          .reversed()
          .thenComparingLong(Occurrence::timeNanos);

  private final List<Occurrence> kept = new ArrayList<>();
  private long least = Long.MIN_VALUE;

  /** Whether an event of that value would be kept. */
  public boolean isAmong(long value) {
    return value > least || kept.size() < KEPT;
  }

  /** Takes an event. */
  public void add(Occurrence occurrence) {
    kept.add(occurrence);
    if (kept.size() > KEPT) {
      kept.sort(LARGEST_FIRST);
      kept.remove(KEPT);
    }
    if (kept.size() == KEPT) {
      least = kept.stream().mapToLong(Occurrence::value).min().orElse(least);
    }
  }

  /** Takes what another kept. */
  public void addAll(Worst other) {
    other.kept.forEach(this::add);
  }

  /** The largest first. */
  public List<Occurrence> result() {
    return kept.stream().sorted(LARGEST_FIRST).toList();
  }
}
