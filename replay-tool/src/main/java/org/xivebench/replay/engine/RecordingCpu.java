package org.xivebench.replay.engine;

import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceRecorder.Turn;
import org.xivebench.replay.vmm.RtasToken;

/** A vCPU whose operations on the interrupt controller are recorded, each in a turn of its own. */
final class RecordingCpu extends GuestCpu {
  private static final int PAGE_SHIFT = 16;

  private final RunRecorder recorder;
  private final int index;

  RecordingCpu(Vcpu vcpu, int index, RunRecorder recorder) {
    super(vcpu);
    this.index = index;
    this.recorder = recorder;
  }

  /** Who waits can be told to leave the guest: whoever tells has the turn. */
  private Turn turn() {
    Turn turn = recorder.tryTurn(index);
    while (turn == null) {
      compute();
      turn = recorder.tryTurn(index);
    }
    return turn;
  }

  @Override
  public long esbLoad(int source, int page, int offset, int size) {
    try (Turn turn = turn()) {
      long value = super.esbLoad(source, page, offset, size);
      turn.append(
          turn.begin(TraceKind.ESB_LOAD)
              .set(TraceField.SOURCE, source)
              .set(TraceField.ESB_OFFSET, page << PAGE_SHIFT | offset)
              .set(TraceField.VALUE, value));
      return value;
    }
  }

  @Override
  public void esbStore(int source, int page, int offset, int size, long value) {
    try (Turn turn = turn()) {
      super.esbStore(source, page, offset, size, value);
      turn.append(
          turn.begin(TraceKind.ESB_STORE)
              .set(TraceField.SOURCE, source)
              .set(TraceField.ESB_OFFSET, page << PAGE_SHIFT | offset)
              .set(TraceField.VALUE, value));
    }
  }

  @Override
  public long timaLoad(int view, int offset, int size) {
    try (Turn turn = turn()) {
      long value = super.timaLoad(view, offset, size);
      turn.append(
          turn.begin(TraceKind.TIMA_LOAD)
              .set(TraceField.TIMA_OFFSET, view << PAGE_SHIFT | offset)
              .set(TraceField.SIZE, size)
              .set(TraceField.VALUE, value));
      return value;
    }
  }

  @Override
  public void timaStore(int view, int offset, int size, long value) {
    try (Turn turn = turn()) {
      super.timaStore(view, offset, size, value);
      turn.append(
          turn.begin(TraceKind.TIMA_STORE)
              .set(TraceField.TIMA_OFFSET, view << PAGE_SHIFT | offset)
              .set(TraceField.SIZE, size)
              .set(TraceField.VALUE, value));
    }
  }

  @Override
  public void deviceAccess(Runnable access) {
    Turn turn = turn();
    try {
      super.deviceAccess(access);
    } finally {
      turn.close();
    }
  }

  @Override
  public long hcall(int opcode, long r4, long r5, long r6, long r7, long r8) {
    if (opcode == Hcall.H_CEDE || opcode == Hcall.H_PROD) {
      long callsBefore = vcpu().counts().hypercalls();
      try {
        return super.hcall(opcode, r4, r5, r6, r7, r8);
      } finally {
        // A vCPU that is stopped, or finds another controller, has not called at all.
        if (vcpu().counts().hypercalls() != callsBefore) {
          recorder.ceded();
        }
      }
    }
    try (Turn turn = turn()) {
      long status = super.hcall(opcode, r4, r5, r6, r7, r8);
      turn.append(
          turn.begin(TraceKind.HCALL)
              .set(TraceField.OPCODE, opcode)
              .set(TraceField.ARG0, r4)
              .set(TraceField.ARG1, r5)
              .set(TraceField.ARG2, r6)
              .set(TraceField.ARG3, r7)
              .set(TraceField.ARG4, r8));
      turn.append(
          turn.begin(TraceKind.HCALL_RETURN)
              .set(TraceField.OPCODE, opcode)
              .set(TraceField.STATUS, status)
              .set(TraceField.ARG0, vcpu().gpr(4))
              .set(TraceField.ARG1, vcpu().gpr(5))
              .set(TraceField.ARG2, vcpu().gpr(6))
              .set(TraceField.ARG3, vcpu().gpr(7)));
      return status;
    }
  }

  @Override
  public long rtas(int token, int[] arguments, int[] returns) {
    try (Turn turn = turn()) {
      long code = super.rtas(token, arguments, returns);
      TraceEvent call =
          turn.begin(TraceKind.RTAS_CALL)
              .set(TraceField.FUNCTION, RtasToken.interruptFunctions().indexOf(token))
              .set(TraceField.SOURCE, arguments[0]);
      if (arguments.length > 1) {
        call.set(TraceField.SERVER, arguments[1]).set(TraceField.PRIORITY, arguments[2]);
      } else {
        // A server that there is: the call has none.
        call.set(TraceField.SERVER, vcpu().id());
      }
      turn.append(call);
      turn.append(
          turn.begin(TraceKind.RTAS_RETURN)
              .set(TraceField.STATUS, returns[0])
              .set(TraceField.ARG0, returns.length > 1 ? Integer.toUnsignedLong(returns[1]) : 0)
              .set(TraceField.ARG1, returns.length > 2 ? Integer.toUnsignedLong(returns[2]) : 0));
      return code;
    }
  }
}
