package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.xivebench.sync.EntryGate;

/**
 * A swap and a release close and open the gate. Result: whether each found it closed while it kept
 * it so, and whether it is open in the end.
 */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "closed for as long as anybody wants it")
@Outcome(expect = FORBIDDEN, desc = "opened under somebody, or left closed")
@State
public class GateClosersStress {
  private final EntryGate gate = new EntryGate("gate");

  @Actor
  public void swap(III_Result r) {
    gate.close();
    r.r1 = gate.isClosed() ? 1 : 0;
    gate.open();
  }

  @Actor
  public void release(III_Result r) {
    gate.close();
    r.r2 = gate.isClosed() ? 1 : 0;
    gate.open();
  }

  @Arbiter
  public void end(III_Result r) {
    r.r3 = gate.isClosed() ? 0 : 1;
  }
}
