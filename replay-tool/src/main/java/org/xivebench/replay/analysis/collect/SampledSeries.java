package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.model.Series;
import org.xivebench.replay.analysis.model.Unit;

/** The mean, by bucket, of something that is measured now and then. */
public final class SampledSeries {
  /** Fractions are kept as millionths, since buckets add up whole numbers. */
  private static final double SCALE = 1e6;

  private final String name;
  private final String title;
  private final Unit unit;
  private final TimeGrid grid;
  private final TimeGrid.Track sums;
  private final TimeGrid.Track counts;
  private final double scale;

  /** See {@link Series} for what the parameters are. */
  public SampledSeries(String name, String title, Unit unit, TimeGrid grid) {
    this.name = name;
    this.title = title;
    this.unit = unit;
    this.grid = grid;
    this.sums = grid.newTrack();
    this.counts = grid.newTrack();
    this.scale = unit == Unit.RATIO ? SCALE : 1;
  }

  /** Takes a measurement. */
  public void add(long timeNanos, double value) {
    sums.add(timeNanos, Math.round(value * scale));
    counts.add(timeNanos, 1);
  }

  /** Takes all measurements of another. */
  public void addAll(SampledSeries other) {
    sums.addAll(other.sums, other.grid);
    counts.addAll(other.counts, other.grid);
  }

  /** What was collected so far. */
  public Series result() {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < grid.buckets(); i++) {
      long count = counts.value(i);
      values.add(count == 0 ? null : sums.value(i) / scale / count);
    }
    return new Series(name, title, unit, values);
  }
}
