package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.GcSection;
import org.xivebench.replay.analysis.section.JvmSection;

/** Little of the heap is left after collections. */
final class HeapFullRule implements Rule {
  private static final double SHARE = 0.9;

  @Override
  public String name() {
    return "heap-full";
  }

  @Override
  public String description() {
    return "After a collection 90 % of the largest heap were in use.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    double used = jvm.number(GcSection.NAME, GcSection.HEAP_AFTER_MAX);
    double max = jvm.number(JvmSection.NAME, JvmSection.HEAP_MAX);
    return max == 0 || used < SHARE * max
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                Quantities.percent(used / max)
                    + " of the heap were in use after a collection ("
                    + Quantities.bytes(used)
                    + " of "
                    + Quantities.bytes(max)
                    + ").",
                "With little room left the collector runs all the time, and then memory runs out.",
                "A larger heap (-Xmx), or fewer objects that live long.",
                GcSection.NAME));
  }
}
