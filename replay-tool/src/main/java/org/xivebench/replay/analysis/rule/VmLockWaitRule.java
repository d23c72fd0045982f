package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.VmLocksSection;

/** Threads wait for locks of the VM. */
final class VmLockWaitRule implements Rule {
  private static final double SHARE = 0.05;

  @Override
  public String name() {
    return "vm-lock-contention";
  }

  @Override
  public String description() {
    return "Waits for locks of the VM take 5 % of the time or more.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Breakdown wait = jvm.breakdown(VmLocksSection.NAME, VmLocksSection.WAIT).orElse(null);
    return Waits.isShort(wait, jvm, SHARE)
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                Waits.summary(wait, jvm, "for locks of the VM"),
                "A vCPU that waits for a lock runs no guest, and a release waits for all that hold"
                    + " one.",
                "The worst waits name the holder.",
                VmLocksSection.NAME));
  }
}
