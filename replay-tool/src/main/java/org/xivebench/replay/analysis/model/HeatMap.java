package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * Numbers by two keys.
 *
 * @param name unique in the section
 * @param title for people
 * @param rowTitle what the rows are
 * @param columnTitle what the columns are
 * @param rows keys of the rows, those with the most first
 * @param columns keys of the columns, in their natural order
 * @param cells for each row a number for each column
 * @param omittedRows rows that there are besides
 */
public record HeatMap(
    String name,
    String title,
    Unit unit,
    String rowTitle,
    String columnTitle,
    List<String> rows,
    List<String> columns,
    List<List<Long>> cells,
    long omittedRows) {
  /** Copies the lists. */
  public HeatMap {
    rows = List.copyOf(rows);
    columns = List.copyOf(columns);
    cells = cells.stream().map(List::copyOf).toList();
  }
}
