package org.xivebench.replay.ordered;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.xivebench.replay.trace.TraceEvent;

/** Hypercalls that were done and whose recorded result may still come. */
final class PendingCalls {
  /** More than that are not outstanding at once: the oldest has no recorded result. */
  private static final int MOST = 64;

  static final class Call {
    private int vcpu;
    private int opcode;
    private long status;
    private final long[] outputs = new long[Outcome.OUTPUTS];

    long status() {
      return status;
    }

    long[] outputs() {
      return outputs;
    }
  }

  private final Deque<Call> pending = new ArrayDeque<>();
  private final List<Call> spare = new ArrayList<>();

  /**
   * A call was made.
   *
   * @return how many earlier calls are known now to have no recorded result
   */
  int made(int vcpu, int opcode, Outcome outcome) {
    int given = 0;
    if (vcpu != TraceEvent.NO_VCPU) {
      // A vCPU that makes a call has returned from the one before.
      for (Iterator<Call> calls = pending.iterator(); calls.hasNext(); ) {
        Call call = calls.next();
        if (call.vcpu == vcpu) {
          calls.remove();
          spare.add(call);
          given++;
        }
      }
    }
    if (pending.size() == MOST) {
      spare.add(pending.removeFirst());
      given++;
    }
    Call call = spare.isEmpty() ? new Call() : spare.remove(spare.size() - 1);
    call.vcpu = vcpu;
    call.opcode = opcode;
    call.status = outcome.status;
    System.arraycopy(outcome.outputs, 0, call.outputs, 0, call.outputs.length);
    pending.addLast(call);
    return given;
  }

  /** Puts another first output in the place of what a vCPU's call returned. */
  void amend(int vcpu, int opcode, long output) {
    for (Call call : pending) {
      if (call.opcode == opcode && call.vcpu == vcpu) {
        call.outputs[0] = output;
      }
    }
  }

  /** The call of a vCPU that returns now, or null; it is valid until the next call is made. */
  Call returned(int vcpu, int opcode) {
    Call found = null;
    for (Call call : pending) {
      if (call.opcode == opcode && call.vcpu == vcpu) {
        found = call;
        break;
      }
      if (call.opcode == opcode && call.vcpu == TraceEvent.NO_VCPU && found == null) {
        found = call;
      }
    }
    if (found != null) {
      boolean unusedRemoved = pending.remove(found);
      spare.add(found);
    }
    return found;
  }

  int size() {
    return pending.size();
  }
}
