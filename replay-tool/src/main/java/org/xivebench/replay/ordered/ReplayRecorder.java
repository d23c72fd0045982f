package org.xivebench.replay.ordered;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumSet;
import java.util.Set;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceWriter;

/**
 * Records an ordered replay: the operations of the trace, with what the model answered in the place
 * of what had been recorded.
 */
final class ReplayRecorder implements Closeable {
  private static final Set<TraceKind> EFFECTS_OF_XIVE =
      EnumSet.of(
          TraceKind.PRESENTER_NOTIFY,
          TraceKind.TCTX_NOTIFY,
          TraceKind.TCTX_ACCEPT,
          TraceKind.TCTX_SET_CPPR,
          TraceKind.PIN);

  private static final Set<TraceKind> EFFECTS_OF_XICS =
      EnumSet.of(
          TraceKind.ICP_PRESENT,
          TraceKind.ICP_RAISE,
          TraceKind.ICS_REJECT,
          TraceKind.ICP_IPI,
          TraceKind.ICP_ACCEPT,
          TraceKind.ICP_EOI,
          TraceKind.ICS_EOI);

  private final TraceWriter writer;
  private final TraceEvent event = new TraceEvent();

  /**
   * @param header of the trace that is replayed
   * @param inKernel whether the model is an in-kernel device
   */
  ReplayRecorder(OutputStream out, TraceHeader header, boolean inKernel) {
    EnumSet<TraceKind> observed = EnumSet.noneOf(TraceKind.class);
    if (header.mode() != TraceMode.SWAPPED) {
      observed.addAll(EFFECTS_OF_XIVE);
      if (!inKernel) {
        observed.addAll(EFFECTS_OF_XICS);
      }
    }
    writer = new TraceWriter(out, header.withObserved(observed));
  }

  /** Records an event as it is. */
  void append(TraceEvent asRecorded) throws IOException {
    writer.append(event.copyFrom(asRecorded));
  }

  /** Records an operation that is over, and what came of it. */
  void append(TraceEvent operation, Outcome outcome, MachineModel model) throws IOException {
    TraceEvent unusedCopy = event.copyFrom(operation);
    if (outcome.leftOut == null && isLoad(operation.kind())) {
      event.set(TraceField.VALUE, outcome.value);
    }
    writer.append(event);
    if (outcome.leftOut != null) {
      return;
    }
    if (operation.kind() == TraceKind.HCALL) {
      TraceEvent result = follow(operation, TraceKind.HCALL_RETURN);
      result.set(TraceField.OPCODE, operation.get(TraceField.OPCODE));
      result.set(TraceField.STATUS, outcome.status);
      result.set(TraceField.ARG0, outcome.outputs[0]).set(TraceField.ARG1, outcome.outputs[1]);
      result.set(TraceField.ARG2, outcome.outputs[2]).set(TraceField.ARG3, outcome.outputs[3]);
      writer.append(result);
    } else if (operation.kind() == TraceKind.RTAS_CALL) {
      TraceEvent result = follow(operation, TraceKind.RTAS_RETURN);
      result.set(TraceField.STATUS, outcome.status);
      result.set(TraceField.ARG0, outcome.outputs[0]).set(TraceField.ARG1, outcome.outputs[1]);
      writer.append(result);
    }
    for (int i = 0; i < outcome.effects.size(); i++) {
      TraceEvent effect = event.copyFrom(outcome.effects.get(i));
      effect.attribute(operation.timeNanos(), operation.vcpu(), operation.thread());
      writer.append(effect);
    }
    if (model.showsInputs()) {
      InputSet changed = outcome.changedInputs;
      for (int i = 0; i < changed.size(); i++) {
        int cpu = changed.get(i);
        writer.append(
            follow(operation, TraceKind.PIN)
                .set(TraceField.TARGET, cpu)
                .set(TraceField.LEVEL, model.input(cpu) ? 1 : 0));
      }
    }
  }

  private static boolean isLoad(TraceKind kind) {
    return kind == TraceKind.ESB_LOAD || kind == TraceKind.TIMA_LOAD;
  }

  private TraceEvent follow(TraceEvent operation, TraceKind kind) {
    return event.begin(kind, operation.timeNanos(), operation.vcpu(), operation.thread());
  }

  /** Completes the trace. */
  void end() throws IOException {
    writer.end();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
