package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.xivebench.sync.EntryGate;

/**
 * A vCPU enters while a releaser closes the gate and looks who is inside. Result: whether the vCPU
 * got in, and whether the releaser saw somebody.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "in first: the releaser waits for it")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "closed first: it waits outside")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "seen on its way back out")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "it is in, and the releaser frees all the same")
@State
public class GateEnterCloseStress {
  private final EntryGate gate = new EntryGate("gate");
  private final EntryGate.Slot slot = gate.newSlot("vcpu");

  @Actor
  public void vcpu(II_Result r) {
    r.r1 = gate.tryEnter(slot) ? 1 : 0;
  }

  @Actor
  public void releaser(II_Result r) {
    gate.close();
    r.r2 = slot.isInside() ? 1 : 0;
  }
}
