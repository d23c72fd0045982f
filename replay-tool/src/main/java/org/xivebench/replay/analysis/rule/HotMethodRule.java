package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.section.HotMethodsSection;

/** One method takes much of the CPU time. */
final class HotMethodRule implements Rule {
  private static final double SHARE = 0.2;
  private static final int LEAST_SAMPLES = 100;

  @Override
  public String name() {
    return "hot-method";
  }

  @Override
  public String description() {
    return "A method is on top of 20 % of at least 100 samples.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Table methods = jvm.table(HotMethodsSection.NAME, HotMethodsSection.METHODS).orElse(null);
    if (methods == null
        || jvm.number(HotMethodsSection.NAME, HotMethodsSection.SAMPLES) < LEAST_SAMPLES) {
      return List.of();
    }
    return methods.rows().stream()
        .filter(row -> (Double) row.get(2) >= SHARE)
        .map(
            row ->
                new Finding(
                    name(),
                    Severity.INFO,
                    row.get(0)
                        + " is on top of "
                        + Quantities.percent((Double) row.get(2))
                        + " of the samples.",
                    "Making it faster, or calling it less, makes the whole faster.",
                    "The call tree tells who calls it.",
                    HotMethodsSection.NAME))
        .toList();
  }
}
