package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.SwapSection;

/** Swaps that hold the guest up for long. */
final class SwapPauseRule implements Rule {
  private static final long WARNING_NANOS = 100_000_000;

  @Override
  public String name() {
    return "swap-pause";
  }

  @Override
  public String description() {
    return "A swap of the backend paused the vCPUs for 100 ms or more.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Breakdown pauses = jvm.breakdown(SwapSection.NAME, SwapSection.PAUSES).orElse(null);
    if (pauses == null || pauses.all().max() < WARNING_NANOS) {
      return List.of();
    }
    String step =
        jvm.breakdown(SwapSection.NAME, SwapSection.STEPS)
            .filter(steps -> !steps.worst().isEmpty())
            .map(
                steps ->
                    " The longest step took "
                        + Quantities.nanos(steps.worst().get(0).value())
                        + ": "
                        + steps.worst().get(0).what()
                        + ".")
            .orElse("");
    return List.of(
        new Finding(
            name(),
            Severity.WARNING,
            "A swap paused the vCPUs for "
                + Quantities.nanos(pauses.all().max())
                + " (p50 of "
                + Quantities.count(pauses.all().count())
                + " swaps: "
                + Quantities.nanos(pauses.all().p50())
                + ")."
                + step,
            "Interrupts are held as long, and timers of the guest run late.",
            "The steps of the swap tell where the time went.",
            SwapSection.NAME));
  }
}
