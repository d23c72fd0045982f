package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;

/** Mean and maximum, by key, of things that are measured now and then. */
public final class KeyedMeans {
  private static final int MAX_KEYS = 8192;

  private static final class Cell {
    double sum;
    double max = Double.NEGATIVE_INFINITY;
    long count;

    double mean() {
      return sum / count;
    }
  }

  private final Map<String, Cell> cells = new HashMap<>();
  private long refused;

  /** Takes a measurement; one that is no number is passed over. */
  public void add(String key, double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return;
    }
    Cell cell = cells.get(key);
    if (cell == null) {
      if (cells.size() >= MAX_KEYS) {
        refused++;
        return;
      }
      cell = new Cell();
      cells.put(key, cell);
    }
    cell.sum += value;
    cell.max = Math.max(cell.max, value);
    cell.count++;
  }

  /** Takes all measurements of another. */
  public void addAll(KeyedMeans other) {
    other.cells.forEach(
        (key, theirs) -> {
          Cell mine = cells.computeIfAbsent(key, k -> new Cell());
          mine.sum += theirs.sum;
          mine.max = Math.max(mine.max, theirs.max);
          mine.count += theirs.count;
        });
    refused += other.refused;
  }

  /** The keys with the largest means, the largest first. */
  public Table table(String name, String title, String keyTitle, Unit unit, int limit) {
    List<List<Object>> rows = new ArrayList<>();
    cells.entrySet().stream()
        .sorted(
            Map.Entry.<String, Cell>comparingByValue(
                    Comparator.comparingDouble(Cell::mean).reversed())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(limit)
        .forEach(
            e -> {
              Cell cell = e.getValue();
              rows.add(List.of(e.getKey(), cell.mean(), cell.max, cell.count));
            });
    return new Table(
        name,
        title,
        List.of(
            new Table.Column(keyTitle, keyTitle, Unit.TEXT),
            new Table.Column("mean", "mean", unit),
            new Table.Column("max", "max", unit),
            new Table.Column("count", "measurements", Unit.COUNT)),
        rows,
        cells.size() - rows.size());
  }
}
