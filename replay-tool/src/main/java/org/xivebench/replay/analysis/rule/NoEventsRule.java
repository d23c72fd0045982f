package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.EventsSection;

/** There is nothing to analyse. */
final class NoEventsRule implements Rule {
  @Override
  public String name() {
    return "no-events";
  }

  @Override
  public String description() {
    return "The recording holds no events, or the filters let none pass.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    return jvm.events() > 0
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                "No events were found.",
                "Nothing can be said about the JVM, not even that it was idle.",
                "Look at the filters and at the settings of the recording.",
                EventsSection.NAME));
  }
}
