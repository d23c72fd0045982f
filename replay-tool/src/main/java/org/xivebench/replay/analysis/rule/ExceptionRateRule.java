package org.xivebench.replay.analysis.rule;

import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.analysis.section.ExceptionsSection;

/** Exceptions come in masses. */
final class ExceptionRateRule implements Rule {
  private static final double WARNING_PER_SECOND = 1_000;

  /** Start-up throws hundreds in a moment; that alone is no storm. */
  private static final long LEAST_COUNT = 5_000;

  @Override
  public String name() {
    return "exception-storm";
  }

  @Override
  public String description() {
    return "1,000 exceptions a second or more are thrown, 5,000 at least.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    double rate = jvm.number(ExceptionsSection.NAME, ExceptionsSection.RATE);
    double count = jvm.number(ExceptionsSection.NAME, ExceptionsSection.COUNT);
    return rate < WARNING_PER_SECOND || count < LEAST_COUNT
        ? List.of()
        : List.of(
            new Finding(
                name(),
                Severity.WARNING,
                Quantities.of(Unit.PER_SECOND, rate)
                    + " exceptions are thrown, "
                    + Quantities.count((long) count)
                    + " in all.",
                "Each fills in a stack trace; and who throws so many may miss one that matters.",
                "Record jdk.JavaExceptionThrow to see which and where.",
                ExceptionsSection.NAME));
  }
}
