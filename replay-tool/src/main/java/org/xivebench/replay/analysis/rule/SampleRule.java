package org.xivebench.replay.analysis.rule;

import java.util.List;
import java.util.stream.Collectors;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.section.CompletenessSection;
import org.xivebench.replay.analysis.section.EventsSection;

/** Events were cut to a rate, and some were cut. */
final class SampleRule implements Rule {
  @Override
  public String name() {
    return "sample";
  }

  @Override
  public String description() {
    return "Event types that were recorded are throttled, so that they are a sample.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Table throttled =
        jvm.section(CompletenessSection.NAME)
            .flatMap(section -> section.table(CompletenessSection.THROTTLED))
            .orElse(null);
    Table recorded =
        jvm.section(EventsSection.NAME)
            .flatMap(section -> section.table(EventsSection.TYPES))
            .orElse(null);
    if (throttled == null || recorded == null) {
      return List.of();
    }
    String types =
        throttled.rows().stream()
            .filter(
                row -> recorded.rows().stream().anyMatch(event -> event.get(0).equals(row.get(0))))
            .map(row -> row.get(0) + " (" + row.get(1) + ")")
            .collect(Collectors.joining(", "));
    return types.isEmpty()
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.INFO,
                "The recording is a sample: " + types + ".",
                "No more than this many events a second were kept. Their number and their sum say"
                    + " nothing about how many there were; percentiles are those of the sample.",
                "Record with throttle=off for these events to have them all.",
                CompletenessSection.NAME));
  }
}
