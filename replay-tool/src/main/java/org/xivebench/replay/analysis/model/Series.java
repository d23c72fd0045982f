package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * A number over time, by the buckets of the JVM's {@link Timeline}.
 *
 * @param name unique in the section
 * @param title for people
 * @param values one for each bucket; null where nothing is known
 */
public record Series(String name, String title, Unit unit, List<Double> values) {
  /** Copies the values. */
  public Series {
    values = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(values));
  }
}
