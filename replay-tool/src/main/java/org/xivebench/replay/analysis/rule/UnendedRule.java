package org.xivebench.replay.analysis.rule;

import java.util.List;
import java.util.stream.Collectors;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.InterruptsSection;

/** Sources that trigger and are never handled. */
final class UnendedRule implements Rule {
  @Override
  public String name() {
    return "unended-interrupts";
  }

  @Override
  public String description() {
    return "Sources were triggered, and none of their interrupts was ever ended though others' were.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    if (jvm.number(InterruptsSection.NAME, "ended") == 0) {
      return List.of();
    }
    List<String> sources =
        jvm.table(InterruptsSection.NAME, InterruptsSection.SOURCES).stream()
            .flatMap(table -> table.rows().stream())
            .filter(row -> row.get(2).equals(0L))
            .map(row -> row.get(0) + " (" + row.get(1) + ")")
            .collect(Collectors.toList());
    return sources.isEmpty()
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.INFO,
                "Triggered but never ended: " + String.join(", ", sources) + ".",
                "The source may be masked, the recording may end before, or the interrupt was lost.",
                "Look whether the guest had a handler for it; a replay tells lost ones apart.",
                InterruptsSection.NAME));
  }
}
