package org.xivebench.replay.analysis.rule;

import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;

/** What rules about waiting have in common. */
final class Waits {
  private Waits() {}

  /** Whether all waits together take less than a share of the time looked at, or there are none. */
  static boolean isShort(Breakdown waits, JvmAnalysis jvm, double share) {
    return waits == null || waits.all().total() < share * jvm.spanNanos();
  }

  /** Who waited how long, and for what most. */
  static String summary(Breakdown waits, JvmAnalysis jvm, String what) {
    Breakdown.Entry first = waits.entries().get(0);
    return "Threads waited "
        + what
        + " for "
        + Quantities.nanos(waits.all().total())
        + " in "
        + Quantities.nanos(jvm.spanNanos())
        + ", most of all for "
        + first.key()
        + " ("
        + Quantities.percent((double) first.values().total() / waits.all().total())
        + ").";
  }
}
