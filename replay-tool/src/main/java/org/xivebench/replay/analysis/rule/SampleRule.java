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
  /** Each of these says how many bytes it stands for, so that sums are right. */
  private static final String WEIGHTED = "jdk.ObjectAllocationSample";

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
        jvm.table(CompletenessSection.NAME, CompletenessSection.THROTTLED).orElse(null);
    Table recorded = jvm.table(EventsSection.NAME, EventsSection.TYPES).orElse(null);
    if (throttled == null || recorded == null) {
      return List.of();
    }
    String types =
        throttled.rows().stream()
            .filter(row -> !row.get(0).equals(WEIGHTED))
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
