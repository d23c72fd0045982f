package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.ReportsSection;

/** The bench found something wrong while it ran. */
final class ReportsRule implements Rule {
  @Override
  public String name() {
    return "reports";
  }

  @Override
  public String description() {
    return "The bench reported a use after free, an inversion of lock order, a lost interrupt or the"
        + " like.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    return jvm.section(ReportsSection.NAME).stream()
        .flatMap(section -> section.figures().stream())
        .map(
            kind ->
                new Finding(
                    name(),
                    Severity.ERROR,
                    kind.title() + " was reported " + Quantities.times((long) kind.number()) + ".",
                    "The run that was recorded broke a rule that must hold in every run.",
                    "The table of reports has the place of each; 'xivebench explore' looks for the"
                        + " interleaving.",
                    ReportsSection.NAME))
        .toList();
  }
}
