package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.trace.TraceEvent;

/** The last operations on each source and of each vCPU. */
final class OperationHistory {
  private static final int KEPT = 6;

  private final Map<Integer, Ring> bySource = new HashMap<>();
  private final Ring[] byVcpu;

  OperationHistory(int vcpuCount) {
    byVcpu = new Ring[vcpuCount];
    for (int i = 0; i < vcpuCount; i++) {
      byVcpu[i] = new Ring();
    }
  }

  private static final class Ring {
    private final TraceEvent[] events = new TraceEvent[KEPT];
    private long count;

    Ring() {
      for (int i = 0; i < KEPT; i++) {
        events[i] = new TraceEvent();
      }
    }

    void add(TraceEvent event) {
      TraceEvent unusedCopy = events[(int) (count++ % KEPT)].copyFrom(event);
    }

    List<String> lines() {
      List<String> lines = new ArrayList<>();
      for (long i = Math.max(0, count - KEPT); i < count; i++) {
        lines.add(events[(int) (i % KEPT)].toString());
      }
      return lines;
    }
  }

  void add(TraceEvent operation, int source) {
    if (source >= 0) {
      bySource.computeIfAbsent(source, number -> new Ring()).add(operation);
    }
    if (operation.vcpu() >= 0) {
      byVcpu[operation.vcpu()].add(operation);
    }
  }

  List<String> ofSource(int source) {
    Ring ring = bySource.get(source);
    return ring == null ? List.of() : ring.lines();
  }

  List<String> ofVcpu(int vcpu) {
    return vcpu < 0 ? List.of() : byVcpu[vcpu].lines();
  }
}
