package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.GcSection;

/** A good part of the time went into pauses of the garbage collector. */
final class GcShareRule implements Rule {
  private static final double WARNING = 0.05;
  private static final double ERROR = 0.25;

  @Override
  public String name() {
    return "gc-share";
  }

  @Override
  public String description() {
    return "The JVM stood still for garbage collection for 5 % of the time or more.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    double share = jvm.number(GcSection.NAME, GcSection.PAUSE_SHARE);
    return share < WARNING
        ? List.of()
        : List.of(
            new Finding(
                name(),
                share < ERROR ? Severity.WARNING : Severity.ERROR,
                "The JVM stood still for garbage collection for "
                    + Quantities.percent(share)
                    + " of the time.",
                "No thread of the application runs in a pause.",
                "A larger heap (-Xmx), less allocation, or a collector that works beside the"
                    + " application (-XX:+UseZGC).",
                GcSection.NAME));
  }
}
