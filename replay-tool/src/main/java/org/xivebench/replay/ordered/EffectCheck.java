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

  /** How many effects the trace has, but for inputs. */
  private int recordedCount;

  /** How many of the model's effects those of the trace have come past. */
  private int passed;

  /** What the trace has from the first effect on that is not the model's. */
  private final Effects differing = new Effects();

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

  /**
   * The trace has an effect.
   *
   * @param outcome what came of the operation in the model
   */
  void add(TraceEvent effect, Outcome outcome) {
    if (effect.kind() == TraceKind.PIN) {
      int cpu = effect.getInt(TraceField.TARGET);
      recordedInputs.add(cpu);
      recordedLevels[cpu] = effect.getInt(TraceField.LEVEL) != 0;
      return;
    }
    recordedCount++;
    if (differing.size() > 0) {
      differing.add(effect);
    } else if (outcome.leftOut == null && !isNext(effect, outcome.effects)) {
      differing.add(effect);
    }
  }

  /** The trace has an effect that is compared elsewhere. */
  void addCompared() {
    recordedCount++;
  }

  /** Whether an effect is the model's next one, or one that the model does not show. */
  private boolean isNext(TraceEvent effect, Effects effects) {
    if (!isShown(effect.kind())) {
      tally.gap(Gap.NOT_SHOWN);
      return true;
    }
    while (passed < effects.size() && isUnobserved(effects.get(passed), effect)) {
      tally.gap(Gap.NOT_OBSERVED);
      passed++;
    }
    tally.checked(effect.kind());
    if (passed == effects.size() || !effects.get(passed).sameContent(effect)) {
      return false;
    }
    passed++;
    return true;
  }

  /** Returns how many there are. */
  int size() {
    return recordedCount + recordedInputs.size();
  }

  /** Forgets them. */
  void clear() {
    recordedCount = 0;
    passed = 0;
    differing.clear();
    recordedInputs.clear();
  }

  /**
   * There are no more: tells what differs.
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
    if (effects.size() == 0 && recordedCount == 0) {
      tally.withoutEffect++;
      return;
    }
    if (differing.size() > 0) {
      TraceEvent at = atWork ? operation : differing.get(0);
      sink.differs(at, differing.describe(0), effects.describe(passed));
      return;
    }
    for (int i = passed; i < effects.size(); i++) {
      if (observed[effects.get(i).kind().ordinal()]) {
        sink.differs(operation, Effects.nothingAfter(recordedCount), effects.describe(i));
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
