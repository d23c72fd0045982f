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
 * An IPI at 5 races with the H_CPPR that begins to admit it. Each of the two writes a value and
 * then looks at the other's. Result: the line then, what is taken, what is taken after that.
 */
@JCStressTest
@Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "whoever is first: at least one has seen it")
@Outcome(expect = FORBIDDEN, desc = "neither has: the IPI does not wake")
@State
public class XicsCpprIpiStress {
  private final XicsHost host = new XicsHost();

  {
    host.hcall(0, Hcall.H_CPPR, 4);
  }

  @Actor
  public void sender() {
    host.hcall(1, Hcall.H_IPI, 0, 5);
  }

  @Actor
  public void receiver() {
    host.hcall(0, Hcall.H_CPPR, XicsHost.OPEN);
  }

  @Arbiter
  public void end(III_Result r) {
    r.r1 = host.line(0);
    r.r2 = host.accept(0);
    host.hcall(0, Hcall.H_IPI, 0, XicsHost.OPEN);
    host.end(0, XicsHost.IPI);
    r.r3 = host.accept(0);
  }
}
