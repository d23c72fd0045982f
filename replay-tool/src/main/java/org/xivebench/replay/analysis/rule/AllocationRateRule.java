package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.AllocationSection;

/** Memory is allocated fast. */
final class AllocationRateRule implements Rule {
  private static final double INFO_BYTES_PER_SECOND = 1e9;

  @Override
  public String name() {
    return "allocation-rate";
  }

  @Override
  public String description() {
    return "1 GB a second or more is allocated.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    double rate = jvm.number(AllocationSection.NAME, AllocationSection.RATE);
    Breakdown classes =
        jvm.breakdown(AllocationSection.NAME, AllocationSection.BY_CLASS).orElse(null);
    if (rate < INFO_BYTES_PER_SECOND || classes == null) {
      return List.of();
    }
    Breakdown.Entry first = classes.entries().get(0);
    return List.of(
        new Finding(
            name(),
            Severity.INFO,
            "Memory is allocated at "
                + Quantities.bytes(rate)
                + " a second, most of it as "
                + first.key()
                + " ("
                + Quantities.percent((double) first.values().total() / classes.all().total())
                + ").",
            "Each collection comes the sooner, and caches hold less of what is used.",
            "The call tree of allocation tells where; buffers that are used again help most.",
            AllocationSection.NAME));
  }
}
