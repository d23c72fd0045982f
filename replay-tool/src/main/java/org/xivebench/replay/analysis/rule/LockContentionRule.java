package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.LocksSection;

/** Threads wait for each other's monitors. */
final class LockContentionRule implements Rule {
  private static final double SHARE = 0.1;

  @Override
  public String name() {
    return "lock-contention";
  }

  @Override
  public String description() {
    return "Threads together waited for contended monitors for 10 % of the time or more.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Breakdown enter = jvm.breakdown(LocksSection.NAME, LocksSection.MONITOR_ENTER).orElse(null);
    return Waits.isShort(enter, jvm, SHARE)
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                Waits.summary(enter, jvm, "for monitors"),
                "What one thread does under the monitor, the others do not do meanwhile.",
                "Hold the monitor for less, or split what it protects. The worst waits name its"
                    + " holder.",
                LocksSection.NAME));
  }
}
