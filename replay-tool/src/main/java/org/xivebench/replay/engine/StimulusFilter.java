package org.xivebench.replay.engine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.engine.Stimulus.Kind;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * Tells stimuli from the recorded guest's own handling: device triggers, line changes, IPIs and
 * configuration are to be done again; what the recorded guest did to handle its interrupts is not,
 * because a guest driver does it.
 *
 * <p>Constant memory: what it keeps grows with the machine, not with the trace.
 */
final class StimulusFilter {
  private static final int MANAGEMENT_PAGE = 0x10000;
  private static final int XICS_IPI = 2;
  private static final int XISR_MASK = 0xffffff;
  private static final int MASKED = 0xff;
  private static final int NO_IPI = 0xff;
  private static final int SERVER_OF_THE_LAST = -1;

  private static final int RTAS_SET_XIVE = 0;
  private static final int RTAS_INT_OFF = 2;
  private static final int RTAS_INT_ON = 3;

  private final TraceHeader header;
  private final Map<Integer, Integer> vcpuByServer = new HashMap<>();

  /** XIVE: where the recorded guest has routed an IPI's source, by source. */
  private final Map<Integer, Integer> ipiTargets = new HashMap<>();

  /** By thread: the source whose EOI it has just found to need a trigger of its own. */
  private final Map<Long, Integer> retriggers = new HashMap<>();

  private final Stimulus stimulus = new Stimulus();

  StimulusFilter(TraceHeader header) {
    this.header = header;
    List<Integer> servers = header.servers();
    for (int vcpu = 0; vcpu < servers.size(); vcpu++) {
      vcpuByServer.put(servers.get(vcpu), vcpu);
    }
  }

  /** Returns what an event is, in an object that the next call fills anew. */
  Stimulus of(TraceEvent event) {
    switch (event.kind()) {
      case SET_LINE -> {
        int source = event.getInt(TraceField.SOURCE);
        return stimulus.set(Kind.LINE, source, event.getInt(TraceField.LEVEL), -1);
      }
      case ESB_STORE -> {
        return store(event);
      }
      case ESB_LOAD -> {
        return load(event);
      }
      case HCALL -> {
        return hypercall(event);
      }
      case SOURCE_CONFIG -> {
        return config(
            event.getInt(TraceField.SOURCE),
            event.getInt(TraceField.SERVER),
            event.getInt(TraceField.PRIORITY),
            event.vcpu());
      }
      case RTAS_CALL -> {
        return rtas(event);
      }
      case ICP_EOI -> {
        int xisr = event.getInt(TraceField.XIRR) & XISR_MASK;
        return xisr == XICS_IPI
            ? stimulus.set(Kind.IPI_ENDED, vcpuOf(event.getInt(TraceField.SERVER)), 0, -1)
            : stimulus.set(Kind.ENDED, xisr, 0, -1);
      }
      default -> {
        return nothing();
      }
    }
  }

  private Stimulus nothing() {
    return stimulus.set(Kind.NOTHING, 0, 0, -1);
  }

  private Stimulus store(TraceEvent event) {
    int offset = event.getInt(TraceField.ESB_OFFSET);
    int source = event.getInt(TraceField.SOURCE);
    if (offset >= MANAGEMENT_PAGE + EsbOffset.STORE_EOI) {
      return nothing();
    }
    Integer owed = retriggers.remove(event.thread());
    if (owed != null && owed == source) {
      return nothing();
    }
    return header.isIpi(source)
        ? stimulus.set(Kind.IPI, ipiTarget(source), 0, event.vcpu())
        : stimulus.set(Kind.TRIGGER, source, 0, event.vcpu());
  }

  private Stimulus load(TraceEvent event) {
    int offset = event.getInt(TraceField.ESB_OFFSET) - MANAGEMENT_PAGE;
    int source = event.getInt(TraceField.SOURCE);
    if (offset < 0) {
      return nothing();
    }
    int old = event.getInt(TraceField.VALUE) & Pq.QUEUED;
    if (offset < EsbOffset.GET) {
      return ended(source);
    }
    if (offset < EsbOffset.SET_PQ_00) {
      return nothing();
    }
    int set = (offset >>> 8) & Pq.QUEUED;
    if (set == Pq.OFF) {
      return header.isIpi(source) ? nothing() : stimulus.set(Kind.MASK, source, 0, event.vcpu());
    }
    if (old == Pq.OFF) {
      return header.isIpi(source)
          ? nothing()
          : stimulus.set(Kind.ROUTE, source, SERVER_OF_THE_LAST, event.vcpu());
    }
    if (set != Pq.RESET || (old & Pq.P) == 0) {
      return nothing();
    }
    if (old == Pq.QUEUED) {
      retriggers.put(event.thread(), source);
    }
    return ended(source);
  }

  private Stimulus ended(int source) {
    return header.isIpi(source)
        ? stimulus.set(Kind.IPI_ENDED, ipiTarget(source), 0, -1)
        : stimulus.set(Kind.ENDED, source, 0, -1);
  }

  private Stimulus hypercall(TraceEvent event) {
    switch (event.getInt(TraceField.OPCODE)) {
      case Hcall.H_IPI -> {
        int target = vcpuOf(event.getInt(TraceField.ARG0));
        boolean sends = (event.getInt(TraceField.ARG1) & 0xff) != NO_IPI;
        return sends && target >= 0 ? stimulus.set(Kind.IPI, target, 0, event.vcpu()) : nothing();
      }
      case Hcall.H_INT_SET_SOURCE_CONFIG -> {
        int source = event.getInt(TraceField.ARG1);
        int server = event.getInt(TraceField.ARG2);
        int priority = event.getInt(TraceField.ARG3) & 0xff;
        if (header.isIpi(source)) {
          ipiTargets.put(source, vcpuOf(server));
          return nothing();
        }
        return config(source, server, priority, event.vcpu());
      }
      default -> {
        return nothing();
      }
    }
  }

  private Stimulus rtas(TraceEvent event) {
    int source = event.getInt(TraceField.SOURCE);
    return switch (event.getInt(TraceField.FUNCTION)) {
      case RTAS_SET_XIVE ->
          config(
              source,
              event.getInt(TraceField.SERVER),
              event.getInt(TraceField.PRIORITY),
              event.vcpu());
      case RTAS_INT_OFF -> stimulus.set(Kind.MASK, source, 0, event.vcpu());
      case RTAS_INT_ON -> stimulus.set(Kind.ROUTE, source, SERVER_OF_THE_LAST, event.vcpu());
      default -> nothing();
    };
  }

  private Stimulus config(int source, int server, int priority, int vcpu) {
    return priority == MASKED
        ? stimulus.set(Kind.MASK, source, 0, vcpu)
        : stimulus.set(Kind.ROUTE, source, server, vcpu);
  }

  private int ipiTarget(int source) {
    return ipiTargets.getOrDefault(source, Math.min(source, header.vcpuCount() - 1));
  }

  private int vcpuOf(int server) {
    return vcpuByServer.getOrDefault(server, -1);
  }
}
