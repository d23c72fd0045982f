package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.GcSection;

/**
 * Pauses of the garbage collector lie in what took longest: of the slowest hundredth, the time that
 * pauses overlap with. The tail is looked at, since that is where pauses show.
 */
final class GcTailRule implements Rule {
  private static final double SHARE = 0.2;

  @Override
  public String name() {
    return "gc-tail";
  }

  @Override
  public String description() {
    return "Pauses of the garbage collector are 20 % of the time of the slowest 1 % of interrupts,"
        + " I/O or waits.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    return jvm.table(GcSection.NAME, GcSection.TAILS).stream()
        .flatMap(table -> table.rows().stream())
        .filter(row -> (Double) row.get(6) >= SHARE)
        .map(this::finding)
        .toList();
  }

  private Finding finding(List<Object> row) {
    return new Finding(
        name(),
        Severity.WARNING,
        "GC pauses account for "
            + Quantities.percent((Double) row.get(6))
            + " of the time of the slowest "
            + Quantities.count((Long) row.get(1))
            + " of "
            + Quantities.count((Long) row.get(2))
            + " "
            + row.get(0)
            + " ("
            + Quantities.nanos((Long) row.get(3))
            + " and longer).",
        "The tail of the latency is that of the collector, not of what is waited for.",
        "Shorter pauses shorten the tail: a collector such as ZGC, a lower pause target, less"
            + " allocation.",
        GcSection.NAME);
  }
}
