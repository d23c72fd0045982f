package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.trace.TraceEvent;

/** The last operations on each source and of each vCPU. */
final class OperationHistory {
  private static final int KEPT = 6;

  private static final int LOW_NUMBERS = 1 << 13;

  /** Those of the pseries machine. */
  private final Ring[] byLowNumber = new Ring[LOW_NUMBERS];

  private final Map<Integer, Ring> byOtherNumber = new HashMap<>();
  private final Ring[] byVcpu;

  OperationHistory(int vcpuCount) {
    byVcpu = new Ring[vcpuCount];
    for (int i = 0; i < vcpuCount; i++) {
      byVcpu[i] = new Ring();
    }
  }

  private static final class Ring {
    private final TraceEvent[] events = new TraceEvent[KEPT];
    private int next;
    private boolean full;

    Ring() {
      for (int i = 0; i < KEPT; i++) {
        events[i] = new TraceEvent();
      }
    }

    void add(TraceEvent event) {
      TraceEvent unusedCopy = events[next].copyFrom(event);
      if (++next == KEPT) {
        next = 0;
        full = true;
      }
    }

    List<String> lines() {
      List<String> lines = new ArrayList<>();
      for (int i = full ? next : 0; i < (full ? next + KEPT : next); i++) {
        lines.add(events[i % KEPT].toString());
      }
      return lines;
    }
  }

  void add(TraceEvent operation, int source) {
    if (source >= 0) {
      Ring ring = ring(source);
      if (ring == null) {
        ring = new Ring();
        if (source < LOW_NUMBERS) {
          byLowNumber[source] = ring;
        } else {
          byOtherNumber.put(source, ring);
        }
      }
      ring.add(operation);
    }
    if (operation.vcpu() >= 0) {
      byVcpu[operation.vcpu()].add(operation);
    }
  }

  List<String> ofSource(int source) {
    Ring ring = source < 0 ? null : ring(source);
    return ring == null ? List.of() : ring.lines();
  }

  private Ring ring(int source) {
    return source < LOW_NUMBERS ? byLowNumber[source] : byOtherNumber.get(source);
  }

  List<String> ofVcpu(int vcpu) {
    return vcpu < 0 ? List.of() : byVcpu[vcpu].lines();
  }
}
