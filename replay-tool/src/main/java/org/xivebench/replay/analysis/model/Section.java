package org.xivebench.replay.analysis.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known about one subject, such as garbage collection. A section without any part says that
 * the recording tells nothing about it.
 *
 * @param name unique in the analysis, such as {@code gc}
 * @param title for people
 * @param notes sentences that put the numbers right: what was left out by a threshold and the like
 */
public record Section(
    String name,
    String title,
    List<Figure> figures,
    List<Breakdown> breakdowns,
    List<Table> tables,
    List<CallTree> callTrees,
    List<HeatMap> heatMaps,
    List<Series> series,
    List<String> notes) {
  /** Copies the lists. */
  public Section {
    figures = List.copyOf(figures);
    breakdowns = List.copyOf(breakdowns);
    tables = List.copyOf(tables);
    callTrees = List.copyOf(callTrees);
    heatMaps = List.copyOf(heatMaps);
    series = List.copyOf(series);
    notes = List.copyOf(notes);
  }

  /** Whether the recording tells nothing about the subject. */
  public boolean isEmpty() {
    return figures.isEmpty()
        && breakdowns.isEmpty()
        && tables.isEmpty()
        && callTrees.isEmpty()
        && heatMaps.isEmpty()
        && series.isEmpty();
  }

  /** The figure of that name. */
  public Optional<Figure> figure(String figureName) {
    return figures.stream().filter(figure -> figure.name().equals(figureName)).findFirst();
  }

  /** The breakdown of that name. */
  public Optional<Breakdown> breakdown(String breakdownName) {
    return breakdowns.stream().filter(b -> b.name().equals(breakdownName)).findFirst();
  }

  /** The table of that name. */
  public Optional<Table> table(String tableName) {
    return tables.stream().filter(table -> table.name().equals(tableName)).findFirst();
  }

  /** Puts a section together. */
  public static Builder builder(String name, String title) {
    return new Builder(name, title);
  }

  /** Takes the parts of a section in the order in which they are shown. */
  public static final class Builder {
    private final String name;
    private final String title;
    private final List<Figure> figures = new ArrayList<>();
    private final List<Breakdown> breakdowns = new ArrayList<>();
    private final List<Table> tables = new ArrayList<>();
    private final List<CallTree> callTrees = new ArrayList<>();
    private final List<HeatMap> heatMaps = new ArrayList<>();
    private final List<Series> series = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private Builder(String name, String title) {
      this.name = name;
      this.title = title;
    }

    public Builder add(Figure figure) {
      figures.add(figure);
      return this;
    }

    /** Adds a breakdown unless it has no values. */
    public Builder add(Breakdown breakdown) {
      if (breakdown.all().count() > 0) {
        breakdowns.add(breakdown);
      }
      return this;
    }

    /** Adds a table unless it has no rows. */
    public Builder add(Table table) {
      if (!table.rows().isEmpty()) {
        tables.add(table);
      }
      return this;
    }

    /** Adds a call tree unless it has no weight. */
    public Builder add(CallTree tree) {
      if (tree.root().total() > 0) {
        callTrees.add(tree);
      }
      return this;
    }

    /** Adds a heat map unless it has no rows. */
    public Builder add(HeatMap map) {
      if (!map.rows().isEmpty()) {
        heatMaps.add(map);
      }
      return this;
    }

    /** Adds a series unless nothing is known in any bucket. */
    public Builder add(Series added) {
      if (added.values().stream().anyMatch(value -> value != null)) {
        series.add(added);
      }
      return this;
    }

    public Builder note(String note) {
      notes.add(note);
      return this;
    }

    public Section build() {
      return new Section(
          name, title, figures, breakdowns, tables, callTrees, heatMaps, series, notes);
    }
  }
}
