package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * Values of one kind, altogether and by a key.
 *
 * @param name unique in the section
 * @param title for people
 * @param keyTitle what the keys are, for people: {@code "class"}, {@code "file"}
 * @param all the values altogether
 * @param entries the keys with the largest totals, the largest first
 * @param omittedKeys keys that are not among the entries; their values are in {@code all}. At least
 *     so many: where there are very many keys, those that came and went are not counted twice.
 * @param worst the largest single values, the largest first
 */
public record Breakdown(
    String name,
    String title,
    String keyTitle,
    Distribution all,
    List<Entry> entries,
    long omittedKeys,
    List<Occurrence> worst) {
  /** A key and its values. */
  public record Entry(String key, Distribution values) {}

  /** Copies the lists. */
  public Breakdown {
    entries = List.copyOf(entries);
    worst = List.copyOf(worst);
  }

  /** Unit of the values. */
  public Unit unit() {
    return all.unit();
  }
}
