package org.xivebench.replay.analysis.rule;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.CompletenessSection;

/** Events are missing from the recording. */
final class LostEventsRule implements Rule {
  @Override
  public String name() {
    return "lost-events";
  }

  @Override
  public String description() {
    return "The JVM dropped events, chunks were not closed, or the file is damaged.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    List<Finding> findings = new ArrayList<>();
    long losses = number(jvm, CompletenessSection.DATA_LOSSES);
    if (losses > 0) {
      findings.add(
          new Finding(
              name(),
              Severity.ERROR,
              "The recording lost events: the JVM dropped "
                  + Quantities.bytes(number(jvm, CompletenessSection.DROPPED))
                  + " of them, at "
                  + Quantities.times(losses)
                  + ".",
              "Counts and sums are too small, and what was dropped is usually what happened when"
                  + " the most was going on.",
              "Record with more memory (-XX:FlightRecorderOptions:memorysize=64m), to a faster"
                  + " disk, or fewer events.",
              CompletenessSection.NAME));
    }
    long damaged = number(jvm, CompletenessSection.DAMAGED);
    if (damaged > 0) {
      findings.add(
          new Finding(
              name(),
              Severity.ERROR,
              "The file is damaged: " + Quantities.bytes(damaged) + " could not be decoded.",
              "Events are missing, and constants such as stack traces may be.",
              "'xivebench doctor' says what is left, chunk by chunk.",
              CompletenessSection.NAME));
    }
    long unfinished = number(jvm, CompletenessSection.UNFINISHED);
    if (unfinished > 0) {
      findings.add(
          new Finding(
              name(),
              Severity.WARNING,
              unfinished == 1
                  ? "A chunk was not closed by its JVM."
                  : unfinished + " chunks were not closed by their JVM.",
              "The JVM was killed, or still ran when the file was copied: what happened after its"
                  + " last flush is missing.",
              "Dump a recording with 'jcmd PID JFR.dump' rather than copying its repository.",
              CompletenessSection.NAME));
    }
    long overlapping = number(jvm, CompletenessSection.OVERLAPPING);
    if (overlapping > 0) {
      findings.add(
          new Finding(
              name(),
              Severity.WARNING,
              overlapping + " of " + jvm.chunks() + " chunks overlap others of the same JVM.",
              "The same time was recorded twice or joined twice: its events are counted twice.",
              "Analyse one of the files at a time.",
              CompletenessSection.NAME));
    }
    return findings;
  }

  private static long number(JvmAnalysis jvm, String figure) {
    return (long) jvm.number(CompletenessSection.NAME, figure);
  }
}
