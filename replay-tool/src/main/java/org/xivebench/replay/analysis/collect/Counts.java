package org.xivebench.replay.analysis.collect;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Numbers by key, the keys bounded as in {@link KeyedDistributions}. */
public final class Counts {
  private static final int MAX_KEYS = 8192;

  private final Map<String, long[]> byKey = new HashMap<>();
  private long total;
  private long forgotten;

  /** Adds to the number of a key. */
  public void add(String key, long amount) {
    total += amount;
    long[] cell = byKey.get(key);
    if (cell == null) {
      if (byKey.size() >= MAX_KEYS) {
        forgetSmallest();
      }
      cell = new long[1];
      byKey.put(key, cell);
    }
    cell[0] += amount;
  }

  private void forgetSmallest() {
    int before = byKey.size();
    List<String> smallest =
        byKey.entrySet().stream()
            .sorted(
                Comparator.comparingLong((Map.Entry<String, long[]> e) -> e.getValue()[0])
                    .thenComparing(Map.Entry::getKey))
            .limit(before / 2)
            .map(Map.Entry::getKey)
            .toList();
    smallest.forEach(byKey::remove);
    forgotten += before - byKey.size();
  }

  /** Adds all numbers of another. */
  public void addAll(Counts other) {
    long before = total + other.total;
    other.byKey.forEach((key, cell) -> add(key, cell[0]));
    total = before; // what the other forgot is in its total
    forgotten += other.forgotten;
  }

  /** Sum of all numbers, those of forgotten keys among them. */
  public long total() {
    return total;
  }

  /** Number of different keys. */
  public long keys() {
    return byKey.size() + forgotten;
  }

  /** The number of a key; 0 when there is none. */
  public long get(String key) {
    long[] cell = byKey.get(key);
    return cell == null ? 0 : cell[0];
  }

  /** The keys with the largest numbers, the largest first. */
  public List<Map.Entry<String, Long>> top(int limit) {
    return byKey.entrySet().stream()
        .map(entry -> Map.entry(entry.getKey(), entry.getValue()[0]))
        .sorted(
            Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .collect(Collectors.toList());
  }
}
