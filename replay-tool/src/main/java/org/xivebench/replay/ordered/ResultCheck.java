package org.xivebench.replay.ordered;

import java.util.HashSet;
import java.util.Set;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.xive.Pq;

/** Compares values of loads and results of calls, one by one. */
final class ResultCheck {
  private static final TraceField[] OUTPUTS = {
    TraceField.ARG0, TraceField.ARG1, TraceField.ARG2, TraceField.ARG3
  };

  private final TraceHeader header;
  private final MachineModel model;
  private final boolean swapsEsbBytes;
  private final Tally tally;
  private final RunDigest digest;
  private final DivergenceSink sink;
  private final PendingCalls calls = new PendingCalls();

  /** Sources that H_INT_RESET of an in-kernel device has turned off, and nobody accessed since. */
  private final Set<Integer> turnedOff = new HashSet<>();

  /**
   * @param swapsEsbBytes whether the machine's H_INT_ESB swaps the bytes of what it loads
   */
  ResultCheck(
      TraceHeader header,
      MachineModel model,
      boolean swapsEsbBytes,
      Tally tally,
      RunDigest digest,
      DivergenceSink sink) {
    this.header = header;
    this.model = model;
    this.swapsEsbBytes = swapsEsbBytes && !model.isInKernel();
    this.tally = tally;
    this.digest = digest;
    this.sink = sink;
  }

  /** An operation is about to be done. */
  void before(TraceEvent operation) {
    boolean resets =
        operation.kind() == TraceKind.HCALL
            && operation.getInt(TraceField.OPCODE) == Hcall.H_INT_RESET;
    if (resets && model.isInKernel()) {
      header.sources().stream()
          .map(TraceHeader.Source::number)
          .filter(model::isRouted)
          .forEach(turnedOff::add);
    }
  }

  /** It was done: compares the value of a load, and keeps the result of a call for its return. */
  void after(TraceEvent operation, Outcome outcome) {
    switch (operation.kind()) {
      case ESB_LOAD -> {
        if (isExplainedByReset(operation, outcome)) {
          tally.difference(KnownDifference.RESET_TURNS_SOURCES_OFF);
        } else {
          compareValue(operation, outcome.value);
        }
      }
      case ESB_STORE -> {
        if (!turnedOff.isEmpty()) {
          turnedOff.remove(operation.getInt(TraceField.SOURCE));
        }
      }
      case TIMA_LOAD -> compareValue(operation, outcome.value);
      case HCALL -> {
        int given = calls.made(operation.vcpu(), operation.getInt(TraceField.OPCODE), outcome);
        tally.gap(Gap.HCALL_RESULT, given);
        boolean succeeded = outcome.status == Hcall.H_SUCCESS;
        digestCall(outcome, succeeded ? outputCount(operation.getInt(TraceField.OPCODE)) : 0);
      }
      case RTAS_CALL -> digestCall(outcome, 2);
      default -> {}
    }
  }

  /** Whether a load gives PQ 01 where the recorded one did not, since a reset has set it. */
  private boolean isExplainedByReset(TraceEvent load, Outcome outcome) {
    return !turnedOff.isEmpty()
        && turnedOff.remove(load.getInt(TraceField.SOURCE))
        && outcome.value == Pq.OFF
        && load.get(TraceField.VALUE) != Pq.OFF;
  }

  /** The other registers are not the call's: H_XIRR_X has the time of day in the second. */
  private void digestCall(Outcome outcome, int outputs) {
    digest.add(outcome.status);
    for (int i = 0; i < outputs; i++) {
      digest.add(outcome.outputs[i]);
    }
  }

  private void compareValue(TraceEvent load, long got) {
    digest.add(got);
    tally.checked(load.kind());
    long expected = load.get(TraceField.VALUE);
    if (expected != got) {
      sink.differs(load, hex(expected), hex(got));
    }
  }

  /**
   * Compares the access that the VMM made for H_INT_ESB: its value is the call's first output.
   *
   * @param operation the call that is being served; null if there is none at work
   */
  void byHcall(TraceEvent access, TraceEvent operation, Outcome outcome) {
    boolean ofCall =
        operation != null
            && operation.kind() == TraceKind.HCALL
            && operation.getInt(TraceField.OPCODE) == Hcall.H_INT_ESB;
    if (!ofCall) {
      sink.differs(access, access.content(), "no H_INT_ESB is being served");
    } else if (access.kind() == TraceKind.ESB_LOAD && outcome.leftOut == null) {
      if (isKnownDifference(access, outcome.status, outcome.outputs)) {
        return;
      }
      long output = outcome.outputs[0];
      long got = swapsEsbBytes ? Long.reverseBytes(output) : output;
      tally.checked(access.kind());
      if (access.get(TraceField.VALUE) != got) {
        sink.differs(access, hex(access.get(TraceField.VALUE)), hex(got));
      }
    }
  }

  /** A call gave something else than was recorded, and it is known why: it counts as the same. */
  void explain(int vcpu, int opcode, long recordedOutput) {
    calls.amend(vcpu, opcode, recordedOutput);
  }

  /** A hypercall returned. */
  void hcallReturned(TraceEvent result) {
    int opcode = result.getInt(TraceField.OPCODE);
    PendingCalls.Call call = calls.returned(result.vcpu(), opcode);
    if (call == null) {
      // It was left out, and counted then.
      return;
    }
    tally.checked(TraceKind.HCALL_RETURN);
    int outputs = result.get(TraceField.STATUS) == Hcall.H_SUCCESS ? outputCount(opcode) : 0;
    boolean same = result.get(TraceField.STATUS) == call.status();
    for (int i = 0; i < outputs && same; i++) {
      same = result.get(OUTPUTS[i]) == call.outputs()[i];
    }
    if (!same && !isKnownDifference(result, call.status(), call.outputs())) {
      StringBuilder expected = new StringBuilder(Long.toString(result.get(TraceField.STATUS)));
      StringBuilder got = new StringBuilder(Long.toString(call.status()));
      for (int i = 0; i < outputs; i++) {
        expected.append(' ').append(hex(result.get(OUTPUTS[i])));
        got.append(' ').append(hex(call.outputs()[i]));
      }
      sink.differs(result, expected.toString(), got.toString());
    }
  }

  /**
   * An RTAS call returned.
   *
   * @param operation the operation at work; null if there is none
   */
  void rtasReturned(TraceEvent result, TraceEvent operation, Outcome outcome) {
    if (operation == null || operation.kind() != TraceKind.RTAS_CALL || outcome.leftOut != null) {
      return;
    }
    tally.checked(TraceKind.RTAS_RETURN);
    boolean same =
        result.get(TraceField.STATUS) == outcome.status
            && result.get(TraceField.ARG0) == outcome.outputs[0]
            && result.get(TraceField.ARG1) == outcome.outputs[1];
    if (!same) {
      sink.differs(
          result,
          result.content(),
          outcome.status + " " + hex(outcome.outputs[0]) + " " + hex(outcome.outputs[1]));
    }
  }

  /** The trace has ended: calls of which no result has come are counted. */
  void end() {
    tally.gap(Gap.HCALL_RESULT, calls.size());
  }

  /** Counts a result in which an in-kernel device is known to differ from what was recorded. */
  private boolean isKnownDifference(TraceEvent recorded, long status, long[] outputs) {
    KnownDifference known =
        model.isInKernel() ? KnownDifference.of(recorded, status, outputs) : null;
    if (known == null) {
      return false;
    }
    tally.difference(known);
    return true;
  }

  /** How many registers from R4 on a successful call returns; the others keep what was in them. */
  private static int outputCount(int opcode) {
    return switch (opcode) {
      case Hcall.H_INT_GET_SOURCE_INFO, Hcall.H_INT_GET_QUEUE_CONFIG -> 4;
      case Hcall.H_INT_GET_SOURCE_CONFIG -> 3;
      case Hcall.H_INT_GET_QUEUE_INFO, Hcall.H_IPOLL -> 2;
      case Hcall.H_INT_ESB, Hcall.H_XIRR, Hcall.H_XIRR_X -> 1;
      default -> 0;
    };
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
