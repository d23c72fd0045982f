package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A source in service is triggered while the guest ends it. Result: what the guest takes then, PQ,
 * what it takes after that.
 */
@JCStressTest
@Outcome(id = "16, 2, 0", expect = ACCEPTABLE, desc = "whoever is first: one more event")
@Outcome(expect = FORBIDDEN, desc = "the second event is lost, or is there twice")
@State
public class XicsEoiTriggerStress {
  private final XicsHost host = new XicsHost();

  {
    host.trigger();
    int unusedTaken = host.accept(0);
  }

  @Actor
  public void device() {
    host.trigger();
  }

  @Actor
  public void guest() {
    host.end(0, XicsHost.SOURCE);
  }

  @Arbiter
  public void end(III_Result r) {
    r.r1 = host.accept(0);
    r.r2 = host.pq();
    host.end(0, XicsHost.SOURCE);
    r.r3 = host.accept(0);
  }
}
