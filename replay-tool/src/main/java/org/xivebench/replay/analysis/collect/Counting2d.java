package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.xivebench.replay.analysis.model.HeatMap;
import org.xivebench.replay.analysis.model.Unit;

/** Numbers by two keys, of which the second has few values; collects a {@link HeatMap}. */
public final class Counting2d {
  private static final int MAX_COLUMNS = 512;
  private static final String OTHERS = "others";

  private final Counts rows = new Counts();
  private final Map<String, Counts> byColumn = new HashMap<>();

  /** Adds to the number of a pair of keys. */
  public void add(String row, String column, long amount) {
    rows.add(row, amount);
    String key = byColumn.size() < MAX_COLUMNS || byColumn.containsKey(column) ? column : OTHERS;
    byColumn.computeIfAbsent(key, c -> new Counts()).add(row, amount);
  }

  /** Adds all numbers of another. */
  public void addAll(Counting2d other) {
    rows.addAll(other.rows);
    other.byColumn.forEach(
        (column, counts) -> byColumn.computeIfAbsent(column, c -> new Counts()).addAll(counts));
  }

  /** The rows with the most; see {@link HeatMap} for what the parameters are. */
  public HeatMap result(String name, String title, String rowTitle, String columnTitle, int limit) {
    TreeSet<String> ordered = new TreeSet<>(Counting2d::compareNumbered);
    ordered.addAll(byColumn.keySet());
    List<String> columns = new ArrayList<>(ordered);
    List<String> keys = rows.top(limit).stream().map(Map.Entry::getKey).toList();
    List<List<Long>> cells = new ArrayList<>();
    for (String key : keys) {
      cells.add(columns.stream().map(column -> byColumn.get(column).get(key)).toList());
    }
    return new HeatMap(
        name,
        title,
        Unit.COUNT,
        rowTitle,
        columnTitle,
        keys,
        columns,
        cells,
        rows.keys() - keys.size());
  }

  /** vCPU 10 after vCPU 9: the shorter name first. */
  private static int compareNumbered(String a, String b) {
    return a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b);
  }
}
