package org.xivebench.sync;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What was found broken of what must always hold: reported where it breaks, as {@link Lifetime}
 * reports a use after free, but without stopping anybody. The invariants of release are numbered in
 * docs/release.md.
 */
public final class Invariants {
  private static final List<InvariantReport> REPORTS = new CopyOnWriteArrayList<>();

  private Invariants() {}

  /**
   * Says that an invariant does not hold.
   *
   * @param invariant its number, {@code I2}
   * @param what what was seen instead
   */
  public static void broken(String invariant, String what) {
    InvariantReport report = new InvariantReport(invariant, what, Thread.currentThread().getName());
    REPORTS.add(report);
    InvariantEvent.commit(report);
  }

  /** Returns what was found since the start or the last {@link #reset}. */
  public static List<InvariantReport> reports() {
    return List.copyOf(REPORTS);
  }

  /** Forgets all reports. */
  public static void reset() {
    REPORTS.clear();
  }
}
