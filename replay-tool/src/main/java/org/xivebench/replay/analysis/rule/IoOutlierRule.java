package org.xivebench.replay.analysis.rule;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.IoSection;

/**
 * I/O that took far longer than it usually does. Socket reads are left out: they wait for what the
 * peer sends.
 */
final class IoOutlierRule implements Rule {
  private static final long LEAST_NANOS = 100_000_000;
  private static final long TIMES_MEDIAN = 100;

  private record Kind(String section, String breakdown, String title) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(IoSection.FILE, IoSection.READ, "file read"),
          new Kind(IoSection.FILE, IoSection.WRITE, "file write"),
          new Kind(IoSection.FILE, IoSection.FORCE, "force to disk"),
          new Kind(IoSection.SOCKET, IoSection.WRITE, "socket write"));

  @Override
  public String name() {
    return "io-outlier";
  }

  @Override
  public String description() {
    return "A file access or socket write took 100 ms or more, and 100 times the median.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    List<Finding> findings = new ArrayList<>();
    for (Kind kind : KINDS) {
      Breakdown io = jvm.breakdown(kind.section, kind.breakdown).orElse(null);
      if (io != null
          && io.all().max() >= LEAST_NANOS
          && io.all().max() / TIMES_MEDIAN >= io.all().p50()) {
        findings.add(finding(kind, io));
      }
    }
    return findings;
  }

  private Finding finding(Kind kind, Breakdown io) {
    Occurrence worst = io.worst().get(0);
    return new Finding(
        name(),
        Severity.WARNING,
        "A "
            + kind.title
            + " took "
            + Quantities.nanos(worst.value())
            + " (p50 "
            + Quantities.nanos(io.all().p50())
            + ", p99 "
            + Quantities.nanos(io.all().p99())
            + "): "
            + worst.what()
            + ".",
        "The device or the network stalled, or the thread had no CPU; whoever waits for it waits"
            + " as long.",
        "Compare with what the machine did at "
            + Quantities.timeOfDay(worst.timeNanos())
            + " UTC, and with the pauses of the JVM.",
        kind.section);
  }
}
