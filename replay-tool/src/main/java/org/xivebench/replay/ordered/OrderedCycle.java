package org.xivebench.replay.ordered;

import java.io.IOException;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.xive.Quirk;

/**
 * One pass over a trace, on a machine of its own: takes the trace's events one by one, does the
 * operations and has what came of them compared.
 */
final class OrderedCycle implements AutoCloseable, DivergenceSink {
  private final OrderedOptions options;
  private final Tally tally;
  private final RunDigest digest;
  private final MachineModel model;
  private final OperationHistory history;
  private final ResultCheck results;
  private final EffectCheck effects;
  private final SnapshotCheck snapshots;

  /** Of a trace that was recorded of a run, else null. */
  private final AccountCheck account;

  /** Of a trace of a XICS guest that is replayed on KVM's device, else null. */
  private final InterruptCheck interrupts;

  /** Null if the cycle is not recorded. */
  private ReplayRecorder recorder;

  // The operation at work, and what came of it.
  private final TraceEvent operation = new TraceEvent();
  private final Outcome outcome;
  private boolean hasOperation;

  private long nextSequence = 1;
  private boolean stopped;

  /**
   * @param tally counts what is compared, also that of other cycles
   * @param digest of all cycles
   * @throws ReplayException if the machine that the trace asks for cannot be made
   */
  OrderedCycle(TraceHeader header, OrderedOptions options, Tally tally, RunDigest digest)
      throws ReplayException {
    this.options = options;
    this.tally = tally;
    this.digest = digest;
    try {
      model = new MachineModel(header, MachineMaker.of(header, options), options.deviceTypes());
    } catch (IllegalArgumentException e) {
      throw new ReplayException("names a machine that cannot be made: " + e.getMessage(), e);
    } catch (ErrnoException e) {
      throw new ReplayException("names a machine that KVM does not make: " + e.getMessage(), e);
    }
    history = new OperationHistory(header.vcpuCount());
    outcome = new Outcome(header.vcpuCount());
    boolean swapsEsbBytes = options.quirks().has(Quirk.H_INT_ESB_BYTE_SWAP);
    results = new ResultCheck(header, model, swapsEsbBytes, tally, digest, this);
    effects = new EffectCheck(header.observed(), header.vcpuCount(), model, tally, this);
    snapshots = new SnapshotCheck(header.mode(), model, tally, this);
    interrupts =
        model.isInKernel() && (header.mode() == TraceMode.XICS || header.mode() == TraceMode.DUAL)
            ? new InterruptCheck(header, results, tally, moreCalls(), this)
            : null;
    account =
        header.mode() == TraceMode.SWAPPED
            ? new AccountCheck(new RunAccount(header), model, tally, this)
            : null;
  }

  /** Returns whether the machine has KVM's device. */
  boolean isInKernel() {
    return model.isInKernel();
  }

  /** Records the cycle from now on; null for not. */
  void recordTo(ReplayRecorder newRecorder) {
    recorder = newRecorder;
  }

  /** Returns whether the replay must not go on. */
  boolean isStopped() {
    return stopped;
  }

  /** Takes the next event of the trace. */
  void take(TraceEvent event) throws IOException {
    if (event.sequence() == nextSequence) {
      nextSequence++;
      dispatch(event);
    } else {
      abandon();
      tally.gap(Gap.AFTER_LOSS);
    }
  }

  /** The trace has ended. */
  void end() throws IOException {
    settle();
    snapshots.end();
    results.end();
    if (recorder != null) {
      recorder.end();
    }
  }

  @Override
  public void close() {
    model.close();
  }

  private void dispatch(TraceEvent event) throws IOException {
    switch (event.kind().role()) {
      case STIMULUS -> {
        if (event.has(TraceField.BY_HCALL) && event.getBoolean(TraceField.BY_HCALL)) {
          results.byHcall(event, atWork(), outcome);
        } else {
          settle();
          begin(event);
        }
      }
      case OBSERVATION -> {
        switch (event.kind()) {
          case HCALL_RETURN -> {
            if (interrupts != null) {
              interrupts.returned(event);
            }
            results.hcallReturned(event);
          }
          case RTAS_RETURN -> results.rtasReturned(event, atWork(), outcome);
          case SNAPSHOT_RING,
              SNAPSHOT_SOURCE,
              SNAPSHOT_QUEUE,
              SNAPSHOT_PRESENTER,
              SNAPSHOT_ICS_SOURCE -> {
            settle();
            snapshots.compare(event);
          }
          default -> addEffect(event);
        }
      }
      case CONTEXT -> {
        switch (event.kind()) {
          case SNAPSHOT -> snapshots.begin();
          case GUEST_SOURCE, GUEST_VCPU -> {
            settleAndRecord(event);
            model.context(event);
          }
          case SETTLED, RUN_EFFORT, RUN_SHARE, RUN_TOTALS -> {
            settleAndRecord(event);
            if (account != null) {
              account.compare(event);
            }
          }
          default -> {}
        }
      }
    }
  }

  private void addEffect(TraceEvent event) throws IOException {
    boolean isCompared = interrupts != null && hasOperation && interrupts.see(event, operation);
    if (isCompared) {
      effects.addCompared();
    } else {
      effects.add(event, outcome);
    }
  }

  /** The guest makes a call, after the operation at work, that the recorded one did not make. */
  private long callAlso(int cpu, int opcode, long argument) throws IOException {
    record();
    operation.attribute(operation.timeNanos(), cpu, operation.thread());
    operation.set(TraceField.OPCODE, opcode).set(TraceField.ARG0, argument);
    digest.add(operation);
    perform();
    digest.add(outcome.outputs[0]);
    return outcome.outputs[0];
  }

  private GuestCalls moreCalls() {
    return new GuestCalls() {
      @Override
      public long hcall(int cpu, int opcode, long argument) throws IOException {
        return callAlso(cpu, opcode, argument);
      }

      @Override
      public boolean interrupt(int cpu) {
        return model.input(cpu);
      }
    };
  }

  private TraceEvent atWork() {
    return hasOperation ? operation : null;
  }

  private void settleAndRecord(TraceEvent context) throws IOException {
    settle();
    if (recorder != null) {
      recorder.append(context);
    }
  }

  private void begin(TraceEvent event) {
    if (stopped) {
      return;
    }
    TraceEvent unusedCopy = operation.copyFrom(event);
    hasOperation = true;
    digest.add(operation);
    results.before(operation);
    if (interrupts == null || interrupts.before(operation)) {
      perform();
    } else {
      outcome.clear();
      outcome.leftOut = Gap.NOT_GIVEN;
    }
    if (outcome.leftOut != null) {
      tally.gap(outcome.leftOut);
      return;
    }
    tally.operations++;
    if (account != null) {
      account.see(operation);
    }
    if (operation.has(TraceField.INFERRED) && operation.getBoolean(TraceField.INFERRED)) {
      tally.gap(Gap.INFERRED);
    }
    switch (operation.kind()) {
      case CONTROLLER_SWAP -> tally.swaps++;
      case SOURCE_CONFIG -> tally.gap(Gap.RTAS_CALL);
      default -> {
        results.after(operation, outcome);
        if (interrupts != null) {
          interrupts.after(operation, outcome);
        }
      }
    }
  }

  private void perform() {
    try {
      model.perform(operation, outcome);
    } catch (ErrnoException e) {
      differs(operation, "no error", e.getMessage());
    } catch (RuntimeException | AssertionError e) {
      // What the model's state is now, nobody knows.
      differs(operation, "no error", e.getClass().getSimpleName() + ": " + e.getMessage());
      stopped = true;
    }
  }

  /** The operation at work is over: compares its effects. */
  private void settle() throws IOException {
    if (hasOperation && outcome.leftOut != null) {
      tally.gap(outcome.leftOut, effects.size());
    } else {
      effects.compare(outcome, operation, hasOperation);
    }
    if (hasOperation) {
      record();
      digestEffects();
      tally.gap(Gap.QUEUE_ENTRY, outcome.queueEntries);
      history.add(operation, sourceOf(operation));
    }
    abandon();
  }

  private void record() throws IOException {
    if (recorder != null && outcome.leftOut != Gap.NOT_GIVEN) {
      recorder.append(operation, outcome, model);
    }
  }

  private void digestEffects() {
    for (int i = 0; i < outcome.effects.size(); i++) {
      digest.add(outcome.effects.get(i));
    }
  }

  /** Forgets the operation at work: what came of it may be among what is lost. */
  private void abandon() {
    effects.clear();
    outcome.clear();
    hasOperation = false;
  }

  @Override
  public void differs(TraceEvent at, String expected, String got) {
    if (!options.keepGoing()) {
      stopped = true;
    }
    if (!tally.diverged()) {
      return;
    }
    TraceEvent cause = hasOperation ? operation : at;
    int source = sourceOf(cause);
    int vcpu = at.vcpu() >= 0 ? at.vcpu() : cause.vcpu();
    tally.keep(
        new Divergence(
            at.sequence(),
            at.timeNanos(),
            vcpu,
            source,
            at.toString(),
            expected,
            got,
            history.ofSource(source),
            history.ofVcpu(vcpu)));
  }

  private static int sourceOf(TraceEvent event) {
    if (event.has(TraceField.SOURCE)) {
      return event.getInt(TraceField.SOURCE);
    }
    return event.kind() == TraceKind.HCALL ? sourceOfCall(event) : -1;
  }

  private static int sourceOfCall(TraceEvent call) {
    return switch (call.getInt(TraceField.OPCODE)) {
      case Hcall.H_INT_GET_SOURCE_INFO,
          Hcall.H_INT_SET_SOURCE_CONFIG,
          Hcall.H_INT_GET_SOURCE_CONFIG,
          Hcall.H_INT_ESB,
          Hcall.H_INT_SYNC ->
          call.getInt(TraceField.ARG1);
      case Hcall.H_EOI -> call.getInt(TraceField.ARG0) & 0xff_ffff;
      default -> -1;
    };
  }
}
