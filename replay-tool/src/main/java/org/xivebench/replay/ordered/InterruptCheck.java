package org.xivebench.replay.ordered;

import java.io.IOException;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;

/**
 * Compares which interrupts H_XIRR gives on KVM's XICS-on-XIVE, call by call, and has the guest go
 * on from what it was given where that is known to differ.
 */
final class InterruptCheck {
  private final XicsGuest guest;
  private final ResultCheck results;
  private final Tally tally;
  private final DivergenceSink sink;

  // The H_XIRR at work, if it is one.
  private boolean asked;
  private int cpu;
  private int opcode;

  /** What the guest has by now in the eyes of the recorded one; at first what the device gave. */
  private long has;

  /** Whether it is known already what was recorded. */
  private boolean compared;

  /**
   * @param calls makes calls that the recorded guest did not make
   */
  InterruptCheck(
      TraceHeader header, ResultCheck results, Tally tally, GuestCalls calls, DivergenceSink sink) {
    this.guest = new XicsGuest(header, tally, calls);
    this.results = results;
    this.tally = tally;
    this.sink = sink;
  }

  /**
   * An operation is about to be done.
   *
   * @param operation altered where the guest does otherwise than the recorded one
   * @return whether it does it at all
   */
  boolean before(TraceEvent operation) {
    asked = false;
    return guest.before(operation);
  }

  /** It was done. */
  void after(TraceEvent operation, Outcome outcome) {
    asked = operation.kind() == TraceKind.HCALL && isAccept(operation.getInt(TraceField.OPCODE));
    if (asked) {
      cpu = operation.vcpu();
      opcode = operation.getInt(TraceField.OPCODE);
      has = outcome.outputs[0];
      compared = false;
    }
  }

  private static boolean isAccept(int opcode) {
    return opcode == Hcall.H_XIRR || opcode == Hcall.H_XIRR_X;
  }

  /** The trace has the result of a hypercall, which is compared after this. */
  void returned(TraceEvent result) throws IOException {
    boolean isOfCall =
        asked
            && result.vcpu() == cpu
            && result.getInt(TraceField.OPCODE) == opcode
            && result.get(TraceField.STATUS) == Hcall.H_SUCCESS;
    if (isOfCall) {
      compare(result.get(TraceField.ARG0));
    }
  }

  /** The trace has an effect of the operation at work. Returns whether it is one of H_XIRR. */
  boolean see(TraceEvent effect, TraceEvent operation) throws IOException {
    if (effect.kind() != TraceKind.ICP_ACCEPT || !asked) {
      guest.see(effect, operation);
      return false;
    }
    long recorded = effect.get(TraceField.XIRR);
    compare(recorded);
    tally.checked(TraceKind.ICP_ACCEPT);
    if (recorded != has) {
      sink.differs(effect, "0x" + Long.toHexString(recorded), "0x" + Long.toHexString(has));
    }
    return true;
  }

  private void compare(long recorded) throws IOException {
    if (!compared) {
      compared = true;
      if (guest.take(cpu, recorded, has)) {
        has = recorded;
        results.explain(cpu, opcode, recorded);
      }
    }
  }
}
