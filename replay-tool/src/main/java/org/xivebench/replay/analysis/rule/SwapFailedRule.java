package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.section.SwapSection;

/** Swaps that did not come about. */
final class SwapFailedRule implements Rule {
  @Override
  public String name() {
    return "swap-failed";
  }

  @Override
  public String description() {
    return "A swap of the backend failed.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Table failures = jvm.table(SwapSection.NAME, SwapSection.FAILURES).orElse(null);
    if (failures == null || failures.rows().isEmpty()) {
      return List.of();
    }
    List<Object> first = failures.rows().get(0);
    long count = failures.rows().size() + failures.omittedRows();
    return List.of(
        new Finding(
            name(),
            Severity.ERROR,
            "A swap from "
                + first.get(1)
                + " failed: "
                + first.get(0)
                + (count == 1
                    ? "."
                    : " (the first of " + Quantities.count(count) + " that failed)."),
            "The guest runs on without the backend that was asked for; a VM that is detached stops at"
                + " its next access to the controller, until a swap succeeds.",
            "The cause is the backend's or, where the swap gave up waiting, who it waited for; swap"
                + " again once that is mended.",
            SwapSection.NAME));
  }
}
