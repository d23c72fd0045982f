package org.xivebench.replay.analysis.rule;

import java.util.Comparator;
import java.util.List;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;

/** The rules there are. A new one is added here. */
public final class Rules {
  private static final List<Rule> ALL =
      List.of(
          new LostEventsRule(),
          new NoEventsRule(),
          new RepeatedChunksRule(),
          new ReportsRule(),
          new SwapFailedRule(),
          new SwapPauseRule(),
          new ReleaseWaitRule(),
          new VmLockWaitRule(),
          new VcpuImbalanceRule(),
          new CoalescingRule(),
          new UnendedRule(),
          new GcShareRule(),
          new GcTailRule(),
          new HeapFullRule(),
          new SafepointReachRule(),
          new LockContentionRule(),
          new PinnedRule(),
          new IoOutlierRule(),
          new ExceptionRateRule(),
          new AllocationRateRule(),
          new HotMethodRule(),
          new OtherProcessesRule(),
          new SampleRule());

  private Rules() {}

  /** All of them. */
  public static List<Rule> all() {
    return ALL;
  }

  /** What rules find, the gravest first. */
  public static List<Finding> check(List<Rule> rules, JvmAnalysis jvm) {
    return ordered(rules.stream().flatMap(rule -> rule.check(jvm).stream()).toList());
  }

  /** The gravest first, otherwise as they are. */
  private static List<Finding> ordered(List<Finding> findings) {
    return findings.stream().sorted(Comparator.comparing(Finding::severity).reversed()).toList();
  }
}
