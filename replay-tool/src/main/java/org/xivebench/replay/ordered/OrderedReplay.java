package org.xivebench.replay.ordered;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.engine.AheadEvents;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Quirk;

/**
 * Replays a trace in its order and compares every recorded result with the model's: values of loads
 * and results of calls one by one, effects by the whole sequence of those that an operation had, so
 * that one too many or one missing is found, too.
 *
 * <p>One thread, and no clock: times of the trace are only reported. An object is one run.
 */
// Ordinals index arrays of one run.
@SuppressWarnings("EnumOrdinal")
public final class OrderedReplay {
  private static final int EVENTS_PER_LOOK = 1 << 10;

  private final TraceEvents.Opener trace;
  private final OrderedOptions options;
  private final Cancellation cancellation;
  private final Progress progress;

  private final Tally tally = new Tally();
  private final RunDigest digest = new RunDigest();
  private final boolean swapsEsbBytes;

  private OutputStream recording;

  /** Null if the run is not recorded. */
  private ReplayRecorder recorder;

  // Of the cycle at work.
  private TraceEvents events;
  private TraceHeader header;

  /** By ordinal of the kind: {@link TraceHeader#observed}. */
  private final boolean[] observed = new boolean[TraceKind.values().length];

  private MachineModel model;
  private OperationHistory history;

  /** Of a trace that was recorded of a run, else null. */
  private RunAccount account;

  // As the account has them at the end of a run, else null.
  private RunTotals totals;
  private RunEffort effort;

  private PendingCalls calls;

  // The operation at work, what came of it, and what the trace says came of it.
  private final TraceEvent operation = new TraceEvent();
  private Outcome outcome;
  private final Effects recorded = new Effects();
  private InputSet recordedInputs;
  private boolean[] recordedLevels;

  /** Sources that H_INT_RESET of an in-kernel device has turned off, and nobody accessed since. */
  private final Set<Integer> turnedOff = new HashSet<>();

  private boolean hasOperation;

  /** A snapshot has come, and nothing of its content yet. */
  private boolean snapshotUnshown;

  private final TraceEvent shown = new TraceEvent();
  private boolean stopped;

  /**
   * @param trace opened once for each cycle
   * @param cancellation ends the run early
   * @param progress is told of the events read
   */
  public OrderedReplay(
      TraceEvents.Opener trace,
      OrderedOptions options,
      Cancellation cancellation,
      Progress progress) {
    this.trace = trace;
    this.options = options;
    this.cancellation = cancellation;
    this.progress = progress;
    this.swapsEsbBytes = options.quirks().has(Quirk.H_INT_ESB_BYTE_SWAP);
  }

  /**
   * Records the run, its first cycle, as a trace. Before {@link #run}.
   *
   * @param out closed when the run has ended
   */
  public void recordTo(OutputStream out) {
    recording = out;
  }

  /**
   * Runs.
   *
   * @throws IOException if the trace cannot be read
   * @throws ReplayException if the machine that the trace asks for cannot be made
   */
  public OrderedResult run() throws IOException, ReplayException {
    try {
      return replay();
    } finally {
      if (recorder != null) {
        recorder.close();
      }
    }
  }

  private OrderedResult replay() throws IOException, ReplayException {
    long startNanos = System.nanoTime();
    int cycle = 0;
    while (cycle < options.cycles() && !stopped) {
      cycle++;
      try (TraceEvents opened = new AheadEvents(trace.open())) {
        events = opened;
        header = opened.header();
        cycle();
      }
    }
    progress.update(tally.events, 0);
    return new OrderedResult(
        header.mode() == TraceMode.SWAPPED ? Irqchip.IN_KERNEL : options.irqchip(),
        options.quirks(),
        cycle,
        tally.events,
        tally.operations,
        tally.checkedByKind(),
        tally.swaps,
        tally.withoutEffect,
        tally.byGap(),
        tally.byDifference(),
        tally.divergenceCount(),
        tally.divergences(),
        totals,
        effort,
        digest.value(),
        System.nanoTime() - startNanos,
        cancellation.isRequested());
  }

  private void cycle() throws IOException, ReplayException {
    Arrays.fill(observed, false);
    header.observed().forEach(kind -> observed[kind.ordinal()] = true);
    history = new OperationHistory(header.vcpuCount());
    calls = new PendingCalls();
    hasOperation = false;
    snapshotUnshown = false;
    recorded.clear();
    outcome = new Outcome(header.vcpuCount());
    recordedInputs = new InputSet(header.vcpuCount());
    recordedLevels = new boolean[header.vcpuCount()];
    turnedOff.clear();
    try {
      model = new MachineModel(header, MachineMaker.of(header, options), options.deviceTypes());
    } catch (IllegalArgumentException e) {
      throw new ReplayException("names a machine that cannot be made: " + e.getMessage(), e);
    } catch (ErrnoException e) {
      throw new ReplayException("names a machine that KVM does not make: " + e.getMessage(), e);
    }
    account = null;
    if (header.mode() == TraceMode.SWAPPED) {
      account = new RunAccount(header);
      model.observeTriggers(account);
    }
    if (recording != null && recorder == null) {
      recorder = new ReplayRecorder(recording, header, model.isInKernel());
    }
    try {
      TraceEvent event;
      long next = 1;
      while (!stopped && (event = events.next()) != null) {
        tally.events++;
        if (tally.events % EVENTS_PER_LOOK == 0) {
          progress.update(tally.events, 0);
          stopped |= cancellation.isRequested();
        }
        if (event.sequence() == next) {
          next++;
          take(event);
        } else {
          abandon();
          tally.gap(Gap.AFTER_LOSS);
        }
      }
      settle();
      countUnshown();
      if (recorder != null) {
        recorder.end();
        recorder.close();
        recorder = null;
        recording = null;
      }
    } finally {
      model.close();
    }
    tally.gap(Gap.HCALL_RESULT, calls.size());
  }

  /** Forgets the operation at work: what came of it may be among what is lost. */
  private void abandon() {
    recorded.clear();
    recordedInputs.clear();
    outcome.clear();
    hasOperation = false;
  }

  private void take(TraceEvent event) throws IOException {
    switch (event.kind().role()) {
      case STIMULUS -> {
        if (event.has(TraceField.BY_HCALL) && event.getBoolean(TraceField.BY_HCALL)) {
          compareByHcall(event);
        } else {
          settle();
          begin(event);
        }
      }
      case OBSERVATION -> {
        switch (event.kind()) {
          case HCALL_RETURN -> compareHcall(event);
          case RTAS_RETURN -> compareRtas(event);
          case PIN -> {
            int cpu = event.getInt(TraceField.TARGET);
            recordedInputs.add(cpu);
            recordedLevels[cpu] = event.getInt(TraceField.LEVEL) != 0;
          }
          case SNAPSHOT_RING,
              SNAPSHOT_SOURCE,
              SNAPSHOT_QUEUE,
              SNAPSHOT_PRESENTER,
              SNAPSHOT_ICS_SOURCE ->
              compareSnapshot(event);
          default -> recorded.add(event);
        }
      }
      case CONTEXT -> {
        switch (event.kind()) {
          case SNAPSHOT -> {
            countUnshown();
            snapshotUnshown = true;
          }
          case GUEST_SOURCE, GUEST_VCPU -> {
            settleAndRecord(event);
            model.context(event);
          }
          case SETTLED, RUN_EFFORT, RUN_SHARE, RUN_TOTALS -> {
            settleAndRecord(event);
            if (account != null) {
              compareAccount(event);
            }
          }
          default -> {}
        }
      }
    }
  }

  /** A snapshot of which nothing followed is one whose content was not recorded. */
  private void countUnshown() {
    if (snapshotUnshown) {
      tally.gap(Gap.SNAPSHOT);
      snapshotUnshown = false;
    }
  }

  /** Compares a part of a snapshot: no operation was under way when it was taken. */
  private void compareSnapshot(TraceEvent part) throws IOException {
    settle();
    snapshotUnshown = false;
    if (model.isInKernel()) {
      tally.gap(Gap.NOT_SHOWN);
      return;
    }
    boolean exists = model.snapshots().show(part, shown);
    boolean same = exists && shown.sameContent(part);
    Gap gap = same ? null : snapshotGap(part);
    if (gap != null) {
      tally.gap(gap);
      return;
    }
    tally.checked(part.kind());
    if (!same) {
      diverge(part, part.content(), exists ? shown.content() : "there is none");
    }
  }

  /** Why the model cannot know a part of a snapshot, or null. */
  private Gap snapshotGap(TraceEvent part) {
    boolean ofXics =
        part.kind() == TraceKind.SNAPSHOT_PRESENTER || part.kind() == TraceKind.SNAPSHOT_ICS_SOURCE;
    if (header.mode() == (ofXics ? TraceMode.XIVE : TraceMode.XICS)) {
      return Gap.SNAPSHOT_MODE;
    }
    boolean blank =
        part.kind() == TraceKind.SNAPSHOT_ICS_SOURCE
            && part.get(TraceField.PRIORITY) == 0
            && part.get(TraceField.SOURCE_STATE) == 0;
    return blank && header.mode() == TraceMode.XICS ? Gap.SNAPSHOT_CLAIM : null;
  }

  private void settleAndRecord(TraceEvent context) throws IOException {
    settle();
    if (recorder != null) {
      recorder.append(context);
    }
  }

  /** Compares what a recorded run had counted with what was counted now. */
  private void compareAccount(TraceEvent event) {
    switch (event.kind()) {
      case SETTLED -> account.settled(event);
      case RUN_EFFORT -> {
        effort = account.effort(model.vcpus());
        compareCount(event, TraceField.HYPERCALLS, effort.hypercalls());
        compareCount(event, TraceField.ESB_ACCESSES, effort.esbAccesses());
        compareCount(event, TraceField.TIMA_ACCESSES, effort.timaAccesses());
        compareCount(event, TraceField.QUEUE_ENTRIES, effort.queueEntries());
        compareCount(event, TraceField.RETRIGGERS, effort.retriggers());
      }
      case RUN_SHARE -> {
        int server = event.getInt(TraceField.SERVER);
        long delivered = account.effort(model.vcpus()).deliveredByServer().get(server);
        compareCount(event, TraceField.DELIVERED, delivered);
      }
      default -> {
        totals = account.totals(RunTotals.of(event));
        compareCount(event, TraceField.TRIGGERED, totals.triggered());
        compareCount(event, TraceField.DELIVERED, totals.delivered());
        compareCount(event, TraceField.COALESCED, totals.coalesced());
        compareCount(event, TraceField.DROPPED, totals.dropped());
      }
    }
  }

  private void compareCount(TraceEvent event, TraceField field, long got) {
    tally.checked(event.kind());
    if (event.get(field) != got) {
      diverge(event, event.get(field) + " " + field.jfrName(), got + " " + field.jfrName());
    }
  }

  // ---- doing

  private void begin(TraceEvent event) {
    if (stopped) {
      return;
    }
    TraceEvent unusedCopy = operation.copyFrom(event);
    hasOperation = true;
    digest.add(operation);
    perform();
  }

  private void perform() {
    if (isInKernelReset()) {
      header.sources().stream()
          .map(TraceHeader.Source::number)
          .filter(model::isRouted)
          .forEach(turnedOff::add);
    }
    try {
      model.perform(operation, outcome);
    } catch (ErrnoException e) {
      diverge(operation, "no error", e.getMessage());
    } catch (RuntimeException | AssertionError e) {
      // What the model's state is now, nobody knows.
      diverge(operation, "no error", e.getClass().getSimpleName() + ": " + e.getMessage());
      stopped = true;
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
      case ESB_LOAD -> {
        if (isExplainedByReset(operation)) {
          tally.difference(KnownDifference.RESET_TURNS_SOURCES_OFF);
        } else {
          compareValue(operation, outcome.value);
        }
      }
      case CONTROLLER_SWAP -> tally.swaps++;
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
        digestCall(succeeded ? outputCount(operation.getInt(TraceField.OPCODE)) : 0);
      }
      case RTAS_CALL -> digestCall(2);
      case SOURCE_CONFIG -> tally.gap(Gap.RTAS_CALL);
      default -> {}
    }
  }

  private boolean isInKernelReset() {
    return operation.kind() == TraceKind.HCALL
        && operation.getInt(TraceField.OPCODE) == Hcall.H_INT_RESET
        && model.isInKernel();
  }

  /** Whether a load gives PQ 01 where the recorded one did not, since a reset has set it. */
  private boolean isExplainedByReset(TraceEvent load) {
    return !turnedOff.isEmpty()
        && turnedOff.remove(load.getInt(TraceField.SOURCE))
        && outcome.value == Pq.OFF
        && load.get(TraceField.VALUE) != Pq.OFF;
  }

  /** The other registers are not the call's: H_XIRR_X has the time of day in the second. */
  private void digestCall(int outputs) {
    digest.add(outcome.status);
    for (int i = 0; i < outputs; i++) {
      digest.add(outcome.outputs[i]);
    }
  }

  // ---- comparing values

  private void compareValue(TraceEvent load, long got) {
    digest.add(got);
    tally.checked(load.kind());
    long expected = load.get(TraceField.VALUE);
    if (expected != got) {
      diverge(load, hex(expected), hex(got));
    }
  }

  /** The access that the VMM made for H_INT_ESB: its value is the call's first output. */
  private void compareByHcall(TraceEvent access) {
    boolean ofCall =
        hasOperation
            && operation.kind() == TraceKind.HCALL
            && operation.getInt(TraceField.OPCODE) == Hcall.H_INT_ESB;
    if (!ofCall) {
      diverge(access, access.content(), "no H_INT_ESB is being served");
    } else if (access.kind() == TraceKind.ESB_LOAD && outcome.leftOut == null) {
      if (isKnownDifference(access, outcome.status, outcome.outputs)) {
        return;
      }
      long output = outcome.outputs[0];
      boolean swapped = swapsEsbBytes && !model.isInKernel();
      long got = swapped ? Long.reverseBytes(output) : output;
      tally.checked(access.kind());
      if (access.get(TraceField.VALUE) != got) {
        diverge(access, hex(access.get(TraceField.VALUE)), hex(got));
      }
    }
  }

  private void compareHcall(TraceEvent result) {
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
      diverge(result, expected.toString(), got.toString());
    }
  }

  /** Counts a result in which an in-kernel device is known to differ from what was recorded. */
  private boolean isKnownDifference(TraceEvent recordedResult, long status, long[] outputs) {
    KnownDifference known =
        model.isInKernel() ? KnownDifference.of(recordedResult, status, outputs) : null;
    if (known == null) {
      return false;
    }
    tally.difference(known);
    return true;
  }

  private static final TraceField[] OUTPUTS = {
    TraceField.ARG0, TraceField.ARG1, TraceField.ARG2, TraceField.ARG3
  };

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

  private void compareRtas(TraceEvent result) {
    if (!hasOperation || operation.kind() != TraceKind.RTAS_CALL || outcome.leftOut != null) {
      return;
    }
    tally.checked(TraceKind.RTAS_RETURN);
    boolean same =
        result.get(TraceField.STATUS) == outcome.status
            && result.get(TraceField.ARG0) == outcome.outputs[0]
            && result.get(TraceField.ARG1) == outcome.outputs[1];
    if (!same) {
      diverge(
          result,
          result.content(),
          outcome.status + " " + hex(outcome.outputs[0]) + " " + hex(outcome.outputs[1]));
    }
  }

  // ---- comparing effects

  /** The operation at work is over: compares its effects. */
  private void settle() throws IOException {
    if (hasOperation && outcome.leftOut != null) {
      tally.gap(outcome.leftOut, recorded.size() + recordedInputs.size());
    } else {
      compareEffects();
      compareInputs();
    }
    if (hasOperation) {
      if (recorder != null) {
        recorder.append(operation, outcome, model);
      }
      digestEffects();
      tally.gap(Gap.QUEUE_ENTRY, outcome.queueEntries);
      history.add(operation, sourceOf(operation));
    }
    abandon();
  }

  private void digestEffects() {
    Effects effects = outcome.effects;
    for (int i = 0; i < effects.size(); i++) {
      digest.add(effects.get(i));
    }
  }

  private void compareEffects() {
    Effects effects = outcome.effects;
    if (effects.size() == 0 && recorded.size() == 0) {
      tally.withoutEffect++;
      return;
    }
    int at = 0;
    for (int i = 0; i < recorded.size(); i++) {
      TraceEvent expected = recorded.get(i);
      if (!isShown(expected.kind())) {
        tally.gap(Gap.NOT_SHOWN);
        continue;
      }
      while (at < effects.size() && isUnobserved(effects.get(at), expected)) {
        tally.gap(Gap.NOT_OBSERVED);
        at++;
      }
      tally.checked(expected.kind());
      if (at == effects.size() || !effects.get(at).sameContent(expected)) {
        diverge(effectPlace(expected), recorded.describe(i), effects.describe(at));
        return;
      }
      at++;
    }
    for (; at < effects.size(); at++) {
      if (observed[effects.get(at).kind().ordinal()]) {
        diverge(effectPlace(null), recorded.describe(recorded.size()), effects.describe(at));
        return;
      }
      tally.gap(Gap.NOT_OBSERVED);
    }
  }

  private boolean isUnobserved(TraceEvent effect, TraceEvent expected) {
    return effect.kind() != expected.kind() && !observed[effect.kind().ordinal()];
  }

  /** Whether the model shows effects of a kind: an in-kernel XICS shows what H_XIRR returns. */
  private boolean isShown(TraceKind kind) {
    return switch (kind) {
      case ICP_PRESENT, ICP_RAISE, ICS_REJECT, ICP_IPI, ICP_ACCEPT, ICP_EOI, ICS_EOI ->
          !model.isInKernel();
      default -> true;
    };
  }

  private void compareInputs() {
    if (!model.showsInputs()) {
      tally.gap(Gap.NOT_SHOWN, recordedInputs.size());
      return;
    }
    for (int i = 0; i < recordedInputs.size(); i++) {
      int cpu = recordedInputs.get(i);
      boolean expected = recordedLevels[cpu];
      boolean got = model.input(cpu);
      tally.checked(TraceKind.PIN);
      if (expected != got) {
        diverge(
            effectPlace(null),
            "input of vCPU " + cpu + (expected ? " high" : " low"),
            got ? "high" : "low");
      }
    }
    if (!observed[TraceKind.PIN.ordinal()]) {
      return;
    }
    InputSet changed = outcome.changedInputs;
    for (int i = 0; i < changed.size(); i++) {
      int cpu = changed.get(i);
      if (!recordedInputs.contains(cpu)) {
        tally.checked(TraceKind.PIN);
        diverge(
            effectPlace(null),
            "no change of the input of vCPU " + cpu,
            model.input(cpu) ? "high" : "low");
      }
    }
  }

  /** The event at which a difference of effects is reported. */
  private TraceEvent effectPlace(TraceEvent effect) {
    return hasOperation || effect == null ? operation : effect;
  }

  // ---- reporting

  private void diverge(TraceEvent at, String expected, String got) {
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
    if (event.kind() != TraceKind.HCALL) {
      return -1;
    }
    return switch (event.getInt(TraceField.OPCODE)) {
      case Hcall.H_INT_GET_SOURCE_INFO,
          Hcall.H_INT_SET_SOURCE_CONFIG,
          Hcall.H_INT_GET_SOURCE_CONFIG,
          Hcall.H_INT_ESB,
          Hcall.H_INT_SYNC ->
          event.getInt(TraceField.ARG1);
      case Hcall.H_EOI -> event.getInt(TraceField.ARG0) & 0xff_ffff;
      default -> -1;
    };
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
