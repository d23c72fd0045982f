package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.SwapSection;

/** A swap or release stood still because a vCPU did not leave the guest. */
final class ReleaseWaitRule implements Rule {
  private static final long WARNING_NANOS = 10_000_000;

  @Override
  public String name() {
    return "release-wait";
  }

  @Override
  public String description() {
    return "A swap or release waited 10 ms or more for a vCPU that was in the guest.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Breakdown drain = jvm.breakdown(SwapSection.NAME, SwapSection.DRAIN).orElse(null);
    if (drain == null) {
      return List.of();
    }
    return drain.entries().stream()
        .filter(vcpu -> vcpu.values().max() >= WARNING_NANOS)
        .map(
            vcpu ->
                new Finding(
                    name(),
                    Severity.WARNING,
                    "A release waited "
                        + Quantities.nanos(vcpu.values().max())
                        + " for "
                        + vcpu.key()
                        + ", which was in the guest (p99 of "
                        + Quantities.count(vcpu.values().count())
                        + " waits: "
                        + Quantities.nanos(vcpu.values().p99())
                        + ").",
                    "All vCPUs stand still until the last one is out.",
                    "Look what the vCPU did then: a kick that came late, a hypercall that took long,"
                        + " or a host without a free CPU.",
                    SwapSection.NAME))
        .toList();
  }
}
