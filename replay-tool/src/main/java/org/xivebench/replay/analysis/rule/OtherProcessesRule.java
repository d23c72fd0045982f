package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.section.CpuSection;

/** The machine was busy with something else. */
final class OtherProcessesRule implements Rule {
  private static final double MACHINE = 0.9;
  private static final double OTHERS = 0.4;

  @Override
  public String name() {
    return "other-processes";
  }

  @Override
  public String description() {
    return "The machine was 90 % busy, and other processes used 40 % of its CPUs or more.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    Table load = jvm.table(CpuSection.NAME, CpuSection.LOAD).orElse(null);
    if (load == null) {
      return List.of();
    }
    double machine = 0;
    double own = 0;
    for (List<Object> row : load.rows()) {
      double mean = (Double) row.get(1);
      if (row.get(0).equals(CpuSection.MACHINE)) {
        machine = mean;
      } else {
        own += mean;
      }
    }
    return machine < MACHINE || machine - own < OTHERS
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                "The machine was "
                    + Quantities.percent(machine)
                    + " busy, of which "
                    + Quantities.percent(machine - own)
                    + " with other processes.",
                "Threads waited for a CPU, which no event shows: times in this recording are longer"
                    + " than they would be alone.",
                "Measure on a quiet machine, or give the JVM its own CPUs.",
                CpuSection.NAME));
  }
}
