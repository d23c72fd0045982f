package org.xivebench.replay.analysis.collect;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Unit;

/**
 * Distributions by key, for keys of which there may be any number (files, threads, classes). Where
 * there are too many, those with the smallest totals are forgotten.
 */
public final class KeyedDistributions {
  private static final int MAX_KEYS = 1024;

  private static final int RECENT = 1 << 8;

  private final Map<String, Distributing> byKey = new HashMap<>();

  /**
   * Keys as they came, and what belongs to them, by their hash codes: in a chunk equal keys are
   * mostly one object, but in another chunk another one, of which the map compares every character.
   */
  private final String[] recentKeys = new String[RECENT];

  private final Distributing[] recent = new Distributing[RECENT];
  private long forgotten;
  private final Distributing forgottenValues = new Distributing();

  /** Takes a value. */
  @SuppressWarnings("ReferenceEquality") // a key that is equal but another is looked up
  public void add(String key, long value) {
    int at = key.hashCode() & RECENT - 1;
    if (recentKeys[at] != key) {
      recent[at] = of(key);
      recentKeys[at] = key;
    }
    recent[at].add(value);
  }

  private Distributing of(String key) {
    Distributing found = byKey.get(key);
    if (found == null) {
      if (byKey.size() >= MAX_KEYS) {
        forgetSmallest();
      }
      found = new Distributing();
      byKey.put(key, found);
    }
    return found;
  }

  private void forgetSmallest() {
    int before = byKey.size();
    List<String> smallest =
        byKey.entrySet().stream()
            .sorted(
                Comparator.comparingLong(
                        (Map.Entry<String, Distributing> e) -> e.getValue().total())
                    .thenComparing(Map.Entry::getKey))
            .limit(before / 2)
            .map(Map.Entry::getKey)
            .toList();
    smallest.forEach(key -> forgottenValues.addAll(byKey.remove(key)));
    forgotten += before - byKey.size();
    Arrays.fill(recentKeys, null);
  }

  /** Takes all values of another. */
  public void addAll(KeyedDistributions other) {
    other.byKey.forEach((key, values) -> of(key).addAll(values));
    forgotten += other.forgotten;
    forgottenValues.addAll(other.forgottenValues);
  }

  /** The keys with the largest totals, the largest first. */
  public List<Breakdown.Entry> top(Unit unit, int limit) {
    return byKey.entrySet().stream()
        .sorted(
            Map.Entry.<String, Distributing>comparingByValue(
                    Comparator.comparingLong(Distributing::total)
                        .thenComparingLong(Distributing::count)
                        .reversed())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .map(entry -> new Breakdown.Entry(entry.getKey(), entry.getValue().result(unit)))
        .toList();
  }

  /** The values of all keys together, those of forgotten keys among them. */
  public Distributing all() {
    Distributing all = new Distributing();
    all.addAll(forgottenValues);
    byKey.values().forEach(all::addAll);
    return all;
  }

  /** Number of different keys; at least so many, when some were forgotten. */
  public long keys() {
    return byKey.size() + forgotten;
  }
}
