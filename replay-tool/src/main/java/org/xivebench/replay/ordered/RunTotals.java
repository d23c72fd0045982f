package org.xivebench.replay.ordered;

import java.util.Arrays;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * What became of the interrupts of a recorded run, as the run said at its end.
 *
 * @param triggered see the law in docs/replay.md; likewise the others
 */
public record RunTotals(
    long triggered,
    long delivered,
    long coalesced,
    long dropped,
    long pending,
    long lost,
    long invented) {

  static RunTotals of(TraceEvent event) {
    return new RunTotals(
        event.get(TraceField.TRIGGERED),
        event.get(TraceField.DELIVERED),
        event.get(TraceField.COALESCED),
        event.get(TraceField.DROPPED),
        event.get(TraceField.PENDING),
        event.get(TraceField.LOST),
        event.get(TraceField.INVENTED));
  }

  /**
   * Counts the triggers among the operations of a run: messages and rises of lines of devices, and
   * IPIs; not what a guest sends again for an event that it found in Q.
   */
  static final class TriggerCount {
    private static final int MANAGEMENT_PAGE = 0x1_0000;
    private static final int NO_IPI = 0xff;

    private final TraceHeader header;

    /** By vCPU: the source whose Q it has taken, and will trigger again; or -1. */
    private final int[] taken;

    private long count;

    TriggerCount(TraceHeader header) {
      this.header = header;
      this.taken = new int[header.vcpuCount()];
      Arrays.fill(taken, -1);
    }

    long count() {
      return count;
    }

    void see(TraceEvent operation) {
      switch (operation.kind()) {
        case SET_LINE -> count += operation.getInt(TraceField.LEVEL) != 0 ? 1 : 0;
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
            count++;
          }
        }
        case HCALL -> {
          int opcode = operation.getInt(TraceField.OPCODE);
          boolean sends = opcode == Hcall.H_IPI && operation.get(TraceField.ARG1) != NO_IPI;
          count += sends ? 1 : 0;
          if (opcode < Hcall.H_INT_GET_SOURCE_INFO && operation.vcpu() >= 0) {
            // The guest is in XICS mode: what it had taken in the other went with the swap. A swap
            // alone does not mean that: another may have come before the guest did anything.
            taken[operation.vcpu()] = -1;
          }
        }
        default -> {}
      }
    }
  }
}
