package org.xivebench.replay.importer;

import java.util.ArrayDeque;
import java.util.Deque;
import org.xivebench.replay.trace.TraceEvent;

/**
 * The hypercalls of a QEMU log whose results register dumps may still show. A dump names its vCPU
 * and the instruction behind the call, and comes when the vCPU goes on; those of other vCPUs may
 * lie between.
 */
final class ReturningCalls {
  /** The longest that a vCPU's hypercall may be outstanding, in hypercalls of the others. */
  private static final int MAX_CALLS = 64;

  /**
   * A hypercall.
   *
   * @param address of the instruction behind it
   * @param vcpu who made it, or {@link TraceEvent#NO_VCPU} if that is not known
   * @param taken whether the trace has it
   */
  record Call(long address, int opcode, int vcpu, boolean taken) {}

  private final Deque<Call> calls = new ArrayDeque<>();

  /** A hypercall was made. */
  void made(Call call) {
    if (calls.size() == MAX_CALLS) {
      calls.removeFirst();
    }
    calls.addLast(call);
  }

  /**
   * Takes out the hypercall that a dump shows the result of: the vCPU's own, or the only one of
   * which nothing is known.
   *
   * @param ambiguous run if there are several of which nothing is known; they are forgotten then
   * @return the call, or null if there is none, or not only one
   */
  Call returned(long address, int vcpu, Runnable ambiguous) {
    Call found = null;
    int candidates = 0;
    for (Call call : calls) {
      if (call.address != address) {
        continue;
      }
      if (call.vcpu == vcpu) {
        found = call;
        candidates = 1;
        break;
      }
      if (call.vcpu == TraceEvent.NO_VCPU) {
        found = call;
        candidates++;
      }
    }
    if (candidates > 1) {
      calls.removeIf(call -> call.address == address && call.vcpu == TraceEvent.NO_VCPU);
      ambiguous.run();
      return null;
    }
    if (found != null) {
      calls.remove(found);
    }
    return found;
  }
}
