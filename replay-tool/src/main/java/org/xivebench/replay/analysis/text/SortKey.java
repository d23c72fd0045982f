package org.xivebench.replay.analysis.text;

import java.util.Comparator;
import org.xivebench.replay.analysis.model.Breakdown;

/** By what the entries of breakdowns are ordered; the largest first, names from A. */
public enum SortKey {
  TOTAL(Comparator.comparingLong((Breakdown.Entry e) -> e.values().total()).reversed()),
  COUNT(Comparator.comparingLong((Breakdown.Entry e) -> e.values().count()).reversed()),
  P50(Comparator.comparingLong((Breakdown.Entry e) -> e.values().p50()).reversed()),
  P99(Comparator.comparingLong((Breakdown.Entry e) -> e.values().p99()).reversed()),
  MAX(Comparator.comparingLong((Breakdown.Entry e) -> e.values().max()).reversed()),
  NAME(Comparator.comparing(Breakdown.Entry::key));

  @SuppressWarnings("ImmutableEnumChecker") // a comparator of this kind has no state
  private final Comparator<Breakdown.Entry> order;

  SortKey(Comparator<Breakdown.Entry> order) {
    this.order = order;
  }

  /** The order. */
  Comparator<Breakdown.Entry> order() {
    return order;
  }
}
