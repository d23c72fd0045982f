package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.section.InterruptsSection;
import org.xivebench.replay.analysis.section.JvmSection;

/** One vCPU takes nearly all interrupts. */
final class VcpuImbalanceRule implements Rule {
  private static final double SHARE = 0.9;
  private static final int LEAST_INTERRUPTS = 100;

  @Override
  public String name() {
    return "vcpu-imbalance";
  }

  @Override
  public String description() {
    return "One of several vCPUs took 90 % of at least 100 interrupts.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Table vcpus = jvm.table(InterruptsSection.NAME, InterruptsSection.VCPUS).orElse(null);
    if (vcpus == null) {
      return List.of();
    }
    boolean several = vcpus.rows().size() > 1 || jvm.number(JvmSection.NAME, "vcpus") > 1;
    long total = vcpus.rows().stream().mapToLong(row -> (Long) row.get(1)).sum();
    List<Object> first = vcpus.rows().get(0);
    double share = (double) (Long) first.get(1) / total;
    return !several || total < LEAST_INTERRUPTS || share < SHARE
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                first.get(0) + " took " + Quantities.percent(share) + " of the interrupts.",
                "Its guest work waits for the handlers, and interrupts wait for each other.",
                "Spread the sources over the vCPUs: irqbalance, or smp_affinity, in the guest.",
                InterruptsSection.NAME));
  }
}
