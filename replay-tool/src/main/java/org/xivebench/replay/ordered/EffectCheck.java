package org.xivebench.replay.ordered;

import java.util.Set;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceKind;

/**
 * The effects that the trace has of the operation at work, and how they compare with the model's:
 * the whole sequence, so that one too many or one missing is found, too.
 */
// Ordinals index arrays of one run.
@SuppressWarnings("EnumOrdinal")
final class EffectCheck {
  private final MachineModel model;
  private final Tally tally;
  private final DivergenceSink sink;

  /** By ordinal of the kind: whether the trace has its events. */
  private final boolean[] observed = new boolean[TraceKind.values().length];

  private final Effects recorded = new Effects();
  private final InputSet recordedInputs;
  private final boolean[] recordedLevels;

  EffectCheck(
      Set<TraceKind> observedKinds,
      int vcpuCount,
      MachineModel model,
      Tally tally,
      DivergenceSink sink) {
    this.model = model;
    this.tally = tally;
    this.sink = sink;
    this.recordedInputs = new InputSet(vcpuCount);
    this.recordedLevels = new boolean[vcpuCount];
    observedKinds.forEach(kind -> observed[kind.ordinal()] = true);
  }

  /** The trace has an effect. */
  void add(TraceEvent effect) {
    if (effect.kind() == TraceKind.PIN) {
      int cpu = effect.getInt(TraceField.TARGET);
      recordedInputs.add(cpu);
      recordedLevels[cpu] = effect.getInt(TraceField.LEVEL) != 0;
    } else {
      recorded.add(effect);
    }
  }

  /** Returns how many there are. */
  int size() {
    return recorded.size() + recordedInputs.size();
  }

  /** Forgets them. */
  void clear() {
    recorded.clear();
    recordedInputs.clear();
  }

  /**
   * Compares them.
   *
   * @param outcome what came of the operation in the model
   * @param operation the last one
   * @param atWork whether they are of that operation; else the trace has them of none
   */
  void compare(Outcome outcome, TraceEvent operation, boolean atWork) {
    compareEffects(outcome.effects, operation, atWork);
    compareInputs(outcome.changedInputs, operation);
  }

  private void compareEffects(Effects effects, TraceEvent operation, boolean atWork) {
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
        sink.differs(atWork ? operation : expected, recorded.describe(i), effects.describe(at));
        return;
      }
      at++;
    }
    for (; at < effects.size(); at++) {
      if (observed[effects.get(at).kind().ordinal()]) {
        sink.differs(operation, recorded.describe(recorded.size()), effects.describe(at));
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

  private void compareInputs(InputSet changed, TraceEvent operation) {
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
        sink.differs(
            operation,
            "input of vCPU " + cpu + (expected ? " high" : " low"),
            got ? "high" : "low");
      }
    }
    if (!observed[TraceKind.PIN.ordinal()]) {
      return;
    }
    for (int i = 0; i < changed.size(); i++) {
      int cpu = changed.get(i);
      if (!recordedInputs.contains(cpu)) {
        tally.checked(TraceKind.PIN);
        sink.differs(
            operation, "no change of the input of vCPU " + cpu, model.input(cpu) ? "high" : "low");
      }
    }
  }
}
