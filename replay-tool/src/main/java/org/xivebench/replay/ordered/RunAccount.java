package org.xivebench.replay.ordered;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;
import org.xivebench.xive.TriggerObserver;

/**
 * Counts anew, in the replay of a recorded run, what the run had counted: triggers by the recorded
 * operations; what PQ makes of triggers, queue entries and accesses by what the model does; what
 * only a guest knows, such as that a handler ran, by what it said then.
 */
final class RunAccount implements TriggerObserver {
  private static final int MANAGEMENT_PAGE = 0x1_0000;
  private static final int NO_IPI = 0xff;
  private static final int COALESCED = 1;
  private static final int DROPPED = 2;

  private final TraceHeader header;
  private final Set<Integer> msis;

  /** By vCPU: the source whose Q it has taken, and will trigger again; or -1. */
  private final int[] taken;

  private final TreeMap<Integer, Long> deliveredByServer = new TreeMap<>();
  private long triggered;
  private long delivered;
  private long coalesced;
  private long dropped;
  private long queueEntries;
  private long retriggers;

  RunAccount(TraceHeader header) {
    this.header = header;
    this.msis =
        header.sources().stream()
            .filter(source -> !source.lsi() && !header.isIpi(source.number()))
            .map(TraceHeader.Source::number)
            .collect(Collectors.toSet());
    this.taken = new int[header.vcpuCount()];
    Arrays.fill(taken, -1);
    header.servers().forEach(server -> deliveredByServer.put(server, 0L));
  }

  // ---- what the model does

  @Override
  public void coalesced(int guestIrq) {
    coalesced += msis.contains(guestIrq) ? 1 : 0;
  }

  @Override
  public void dropped(int guestIrq) {
    dropped += msis.contains(guestIrq) ? 1 : 0;
  }

  @Override
  public void retriggered(int guestIrq) {
    retriggers++;
  }

  @Override
  public void enqueued() {
    queueEntries++;
  }

  // ---- what the trace has

  /** The guest, or a device, had said what became of an interrupt. */
  void settled(TraceEvent event) {
    switch (event.getInt(TraceField.SETTLEMENT)) {
      case COALESCED -> coalesced++;
      case DROPPED -> dropped++;
      default -> {
        delivered++;
        long unusedSum = deliveredByServer.merge(event.getInt(TraceField.SERVER), 1L, Long::sum);
      }
    }
  }

  /**
   * Counts the triggers among the operations of a run: messages and rises of lines of devices, and
   * IPIs; not what a guest sends again for an event that it found in Q.
   */
  void see(TraceEvent operation) {
    switch (operation.kind()) {
      case SET_LINE -> triggered += operation.getInt(TraceField.LEVEL) != 0 ? 1 : 0;
      case ESB_LOAD -> {
        boolean ends =
            operation.getInt(TraceField.ESB_OFFSET) == MANAGEMENT_PAGE + EsbOffset.SET_PQ_00;
        if (ends && operation.get(TraceField.VALUE) == Pq.QUEUED) {
          taken[operation.vcpu()] = operation.getInt(TraceField.SOURCE);
        }
      }
      case ESB_STORE -> {
        int source = operation.getInt(TraceField.SOURCE);
        if (taken[operation.vcpu()] == source) {
          taken[operation.vcpu()] = -1;
        } else if (header.isIpi(source)) {
          triggered++;
        }
      }
      case HCALL -> {
        int opcode = operation.getInt(TraceField.OPCODE);
        boolean sends = opcode == Hcall.H_IPI && operation.get(TraceField.ARG1) != NO_IPI;
        triggered += sends ? 1 : 0;
        if (opcode < Hcall.H_INT_GET_SOURCE_INFO && operation.vcpu() >= 0) {
          // The guest is in XICS mode: what it had taken in the other went with the swap. A swap
          // alone does not mean that: another may have come before the guest did anything.
          taken[operation.vcpu()] = -1;
        }
      }
      default -> {}
    }
  }

  // ---- what it comes to

  /**
   * The totals as counted anew.
   *
   * @param recorded has what is found only by looking at the end: pending, lost, invented
   */
  RunTotals totals(RunTotals recorded) {
    return new RunTotals(
        triggered,
        delivered,
        coalesced,
        dropped,
        recorded.pending(),
        recorded.lost(),
        recorded.invented());
  }

  /** The effort as counted anew, of these vCPUs. */
  RunEffort effort(List<Vcpu> vcpus) {
    long hypercalls = 0;
    long esbAccesses = 0;
    long timaAccesses = 0;
    for (Vcpu vcpu : vcpus) {
      hypercalls += vcpu.counts().hypercalls() + vcpu.counts().rtasCalls();
      esbAccesses += vcpu.counts().esbAccesses();
      timaAccesses += vcpu.counts().timaAccesses();
    }
    return new RunEffort(
        hypercalls, esbAccesses, timaAccesses, queueEntries, retriggers, deliveredByServer);
  }
}
