package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.InterruptsSection;

/** Many triggers fell together. */
final class CoalescingRule implements Rule {
  private static final double SHARE = 0.1;
  private static final int LEAST_TRIGGERS = 100;

  @Override
  public String name() {
    return "coalescing";
  }

  @Override
  public String description() {
    return "10 % of at least 100 triggers were coalesced with earlier ones.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    double triggers = jvm.number(InterruptsSection.NAME, "triggers");
    double share = jvm.number(InterruptsSection.NAME, "coalesced") / triggers;
    return triggers < LEAST_TRIGGERS || share < SHARE
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.INFO,
                Quantities.percent(share) + " of the triggers were coalesced.",
                "Sources trigger faster than the guest handles them. Nothing is lost, since a handler"
                    + " looks for all that is due, but latencies grow.",
                "The table by source tells which; a device can be made to moderate its interrupts.",
                InterruptsSection.NAME));
  }
}
