package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.xivebench.sync.EntryGate;

/**
 * A vCPU enters, uses the device and leaves, while a releaser closes, drains and frees. Result:
 * whether the vCPU was in, and what it used.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "closed first")
@Outcome(id = "1", expect = ACCEPTABLE, desc = "used before it was freed")
@Outcome(id = "2", expect = FORBIDDEN, desc = "used after it was freed")
@State
public class GateEnterDrainStress {
  private static final long FOR_EVER = Long.MAX_VALUE;

  private final EntryGate gate = new EntryGate("gate");
  private final EntryGate.Slot slot = gate.newSlot("vcpu");

  /** Plain: it is the gate that orders it. */
  private boolean freed;

  @Actor
  public void vcpu(I_Result r) {
    if (gate.tryEnter(slot)) {
      r.r1 = freed ? 2 : 1;
      gate.leave(slot);
    }
  }

  @Actor
  public void releaser() {
    gate.close();
    gate.awaitOutside(FOR_EVER);
    freed = true;
  }
}
