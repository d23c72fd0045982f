package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.CompletenessSection;

/** The same chunks came more than once. */
final class RepeatedChunksRule implements Rule {
  @Override
  public String name() {
    return "repeated-chunks";
  }

  @Override
  public String description() {
    return "Chunks are there more than once, as in two dumps of one recording; they count once.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    long repeated = (long) jvm.number(CompletenessSection.NAME, CompletenessSection.REPEATED);
    return repeated == 0
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.INFO,
                (repeated == 1
                        ? "A chunk is there a second time"
                        : Quantities.count(repeated) + " chunks are there again")
                    + ", to the byte; each was counted once.",
                "Dumps of one running JVM have chunks in common. Numbers are as if they were joined"
                    + " without those; 'jfr' would count them each time.",
                "Nothing needs to be done.",
                CompletenessSection.NAME));
  }
}
