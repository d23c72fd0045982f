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
 * An event at 5 races with H_CPPR to 4, which keeps it back. Result: the line then, the line when
 * everything is admitted again, what is taken.
 */
@JCStressTest
@Outcome(id = "0, 1, 16", expect = ACCEPTABLE, desc = "whoever is first: it waits until admitted")
@Outcome(expect = FORBIDDEN, desc = "the event is lost, or is presented against CPPR")
@State
public class XicsCpprNotifyStress {
  private final XicsHost host = new XicsHost();

  @Actor
  public void device() {
    host.trigger();
  }

  @Actor
  public void guest() {
    host.hcall(0, Hcall.H_CPPR, XicsHost.PRIORITY - 1);
  }

  @Arbiter
  public void end(III_Result r) {
    r.r1 = host.line(0);
    host.hcall(0, Hcall.H_CPPR, XicsHost.OPEN);
    r.r2 = host.line(0);
    r.r3 = host.accept(0);
  }
}
