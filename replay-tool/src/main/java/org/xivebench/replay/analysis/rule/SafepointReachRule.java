package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.SafepointSection;

/** Threads take long to come to a safepoint. */
final class SafepointReachRule implements Rule {
  private static final long WARNING_NANOS = 50_000_000;

  @Override
  public String name() {
    return "safepoint-reach";
  }

  @Override
  public String description() {
    return "It took 50 ms or more until all threads stood at a safepoint.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Breakdown reach = jvm.breakdown(SafepointSection.NAME, SafepointSection.TO_REACH).orElse(null);
    return reach == null || reach.all().max() < WARNING_NANOS
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                "A safepoint was reached only after "
                    + Quantities.nanos(reach.all().max())
                    + " (p99 of "
                    + Quantities.count(reach.all().count())
                    + ": "
                    + Quantities.nanos(reach.all().p99())
                    + ").",
                "The threads that stand already wait for the last one, before the pause even"
                    + " begins.",
                "Look for long counted loops and large array copies, or a machine without a free"
                    + " CPU.",
                SafepointSection.NAME));
  }
}
