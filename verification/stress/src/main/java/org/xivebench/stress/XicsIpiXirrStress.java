package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.xivebench.kvm.uapi.Hcall;

/**
 * An IPI is sent to a server that takes what there is. Result: what it took, the line then, what it
 * takes next.
 */
@JCStressTest
@Outcome(id = "2, 0, 0", expect = ACCEPTABLE, desc = "IPI first")
@Outcome(id = "2, 1, 0", expect = ACCEPTABLE, desc = "MFRR was seen before its wake-up: spurious")
@Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "H_XIRR first: the IPI wakes")
@Outcome(expect = FORBIDDEN, desc = "the IPI is lost, or is taken twice")
@State
public class XicsIpiXirrStress {
  private final XicsHost host = new XicsHost();

  @Actor
  public void sender() {
    host.hcall(1, Hcall.H_IPI, 0, 4);
  }

  @Actor
  public void receiver(III_Result r) {
    r.r1 = host.accept(0);
  }

  @Arbiter
  public void end(III_Result r) {
    r.r2 = host.line(0);
    r.r3 = host.accept(0);
  }
}
