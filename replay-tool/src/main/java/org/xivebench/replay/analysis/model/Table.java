package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * Rows of figures.
 *
 * @param name unique in the section
 * @param title for people
 * @param columns the first names the row
 * @param rows the most important first; each has a cell for each column: a {@code String}, {@code
 *     Long} or {@code Double} as the column's unit has it
 * @param omittedRows rows that there are besides
 */
public record Table(
    String name, String title, List<Column> columns, List<List<Object>> rows, long omittedRows) {
  /**
   * A column.
   *
   * @param name without its unit
   * @param title for people
   */
  public record Column(String name, String title, Unit unit) {
    /** Name of the JSON field: with the unit. */
    public String fieldName() {
      return unit.fieldName(name);
    }
  }

  /** Copies the lists. */
  public Table {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
  }
}
