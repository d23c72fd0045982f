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
  private final Distributing all = new Distributing();
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
   * @param describe describes the event in case it is among the worst
   */
  public void add(String key, long value, Supplier<Occurrence> describe) {
    all.add(value);
    byKey.add(key, value);
    worst.add(value, describe);
  }

  /** Takes a value of an event that is not worth describing. */
  public void add(String key, long value) {
    all.add(value);
    byKey.add(key, value);
  }

  /** Takes all values of another. */
  public void addAll(BreakingDown other) {
    all.addAll(other.all);
    byKey.addAll(other.byKey);
    worst.addAll(other.worst);
  }

  public long count() {
    return all.count();
  }

  /** The values altogether. */
  public Distributing all() {
    return all;
  }

  /** What was collected so far. */
  public Breakdown result() {
    List<Breakdown.Entry> entries = byKey.top(unit, limit);
    return new Breakdown(
        name,
        title,
        keyTitle,
        all.result(unit),
        entries,
        byKey.keys() - entries.size(),
        worst.result());
  }
}
