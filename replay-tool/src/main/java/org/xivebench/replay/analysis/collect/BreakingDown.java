package org.xivebench.replay.analysis.collect;

import java.util.List;
import java.util.function.Supplier;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Unit;

/** Collects a {@link Breakdown}. */
public final class BreakingDown {
  private final String name;
  private final String title;
  private final String keyTitle;
  private final Unit unit;
  private final int limit;
  private long count;
  private final KeyedDistributions byKey = new KeyedDistributions();
  private final Worst worst = new Worst();

  /**
   * @param name see {@link Breakdown#name}
   * @param keyTitle what the keys are, for people
   * @param limit number of keys that the result has at most
   */
  public BreakingDown(String name, String title, String keyTitle, Unit unit, int limit) {
    this.name = name;
    this.title = title;
    this.keyTitle = keyTitle;
    this.unit = unit;
    this.limit = limit;
  }

  /**
   * Takes a value.
   *
   * @return whether it is among the worst, so that {@link #note} should be told of the event
   */
  public boolean add(String key, long value) {
    count++;
    byKey.add(key, value);
    return worst.isAmong(value);
  }

  /** Keeps an event that is among the worst. */
  public void note(Occurrence occurrence) {
    worst.add(occurrence);
  }

  /**
   * Takes a value, and the event if it is among the worst.
   *
   * @param describe called only then; where events come by the million, better call {@link
   *     #add(String, long)}, which makes no object for each
   */
  public void add(String key, long value, Supplier<Occurrence> describe) {
    if (add(key, value)) {
      note(describe.get());
    }
  }

  /** Takes all values of another. */
  public void addAll(BreakingDown other) {
    count += other.count;
    byKey.addAll(other.byKey);
    worst.addAll(other.worst);
  }

  public long count() {
    return count;
  }

  /** The values altogether. */
  public Distributing all() {
    return byKey.all();
  }

  /** What was collected so far. */
  public Breakdown result() {
    List<Breakdown.Entry> entries = byKey.top(unit, limit);
    return new Breakdown(
        name,
        title,
        keyTitle,
        all().result(unit),
        entries,
        byKey.keys() - entries.size(),
        worst.result());
  }
}
