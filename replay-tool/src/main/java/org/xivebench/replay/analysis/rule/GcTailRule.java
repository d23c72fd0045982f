package org.xivebench.replay.analysis.rule;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Timeline;
import org.xivebench.replay.analysis.section.GcSection;
import org.xivebench.replay.analysis.section.InterruptsSection;
import org.xivebench.replay.analysis.section.IoSection;
import org.xivebench.replay.analysis.section.LocksSection;

/**
 * Pauses of the garbage collector lie in what took longest. What is compared is the time of the
 * longest few with the pauses that fall into it, since the tail is where pauses show.
 */
final class GcTailRule implements Rule {
  private static final double SHARE = 0.2;

  /** Fewer than these have no p99 to speak of. */
  private static final int LEAST_COUNT = 100;

  private record Latency(String section, String breakdown, String title) {}

  private static final List<Latency> LATENCIES =
      List.of(
          new Latency(InterruptsSection.NAME, InterruptsSection.TO_EOI, "interrupts"),
          new Latency(IoSection.SOCKET, IoSection.READ, "socket reads"),
          new Latency(IoSection.SOCKET, IoSection.WRITE, "socket writes"),
          new Latency(IoSection.FILE, IoSection.READ, "file reads"),
          new Latency(IoSection.FILE, IoSection.WRITE, "file writes"),
          new Latency(LocksSection.NAME, LocksSection.MONITOR_ENTER, "waits for monitors"));

  @Override
  public String name() {
    return "gc-tail";
  }

  @Override
  public String description() {
    return "Pauses of the garbage collector make up 20 % of the longest interrupts, I/O or waits.";
  }

  @Override
  public List<Finding> check(JvmAnalysis jvm) {
    List<Timeline.Mark> pauses =
        jvm.timeline().marks().stream().filter(mark -> mark.kind().equals("gc")).toList();
    List<Finding> findings = new ArrayList<>();
    for (Latency latency : LATENCIES) {
      Breakdown breakdown = jvm.breakdown(latency.section, latency.breakdown).orElse(null);
      if (breakdown != null && breakdown.all().count() >= LEAST_COUNT) {
        double share = share(breakdown.worst(), pauses);
        if (share >= SHARE) {
          findings.add(finding(latency, breakdown, share));
        }
      }
    }
    return findings;
  }

  private Finding finding(Latency latency, Breakdown breakdown, double share) {
    return new Finding(
        name(),
        Severity.WARNING,
        "GC pauses account for "
            + Quantities.percent(share)
            + " of the "
            + breakdown.worst().size()
            + " longest "
            + latency.title
            + " (p99 "
            + Quantities.nanos(breakdown.all().p99())
            + ", max "
            + Quantities.nanos(breakdown.all().max())
            + ").",
        "The tail of the latency is that of the collector, not of what is waited for.",
        "Shorter pauses shorten the tail: a collector such as ZGC, a lower pause target, less"
            + " allocation.",
        GcSection.NAME);
  }

  private static double share(List<Occurrence> worst, List<Timeline.Mark> pauses) {
    double all = 0;
    double paused = 0;
    for (Occurrence occurrence : worst) {
      long begin = occurrence.timeNanos();
      long end = begin + occurrence.value();
      all += occurrence.value();
      for (Timeline.Mark pause : pauses) {
        long pauseEnd = pause.startNanos() + pause.durationNanos();
        paused += Math.max(0, Math.min(end, pauseEnd) - Math.max(begin, pause.startNanos()));
      }
    }
    return all == 0 ? 0 : paused / all;
  }
}
