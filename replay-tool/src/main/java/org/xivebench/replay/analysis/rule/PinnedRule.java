package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.LocksSection;

/** Virtual threads that keep their carrier while they wait. */
final class PinnedRule implements Rule {
  @Override
  public String name() {
    return "pinned-virtual-threads";
  }

  @Override
  public String description() {
    return "Virtual threads waited without giving their carrier thread free.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Breakdown pinned = jvm.breakdown(LocksSection.NAME, LocksSection.PINNED).orElse(null);
    return pinned == null
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                "Virtual threads were pinned "
                    + Quantities.times(pinned.all().count())
                    + ", for "
                    + Quantities.nanos(pinned.all().total())
                    + " in all.",
                "Meanwhile a carrier thread, of which there are as many as CPUs, runs nothing else.",
                "The reasons and stacks are listed; locks of java.util.concurrent do not pin.",
                LocksSection.NAME));
  }
}
