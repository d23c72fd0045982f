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
 * A source in service, which has been triggered again, is masked while the guest ends it, and
 * unmasked later. Result: what the guest takes then, PQ after its EOI, what it takes after that.
 */
@JCStressTest
@Outcome(id = "16, 0, 0", expect = ACCEPTABLE, desc = "whoever is first: the second event comes")
@Outcome(expect = FORBIDDEN, desc = "the second event is lost, is there twice, or P stays")
@State
public class XicsIntOffEoiStress {
  private final XicsHost host = new XicsHost();

  {
    host.trigger();
    int unusedTaken = host.accept(0);
    host.trigger();
  }

  @Actor
  public void masker() {
    XicsHost.succeed(() -> host.device.intOff(XicsHost.SOURCE));
  }

  @Actor
  public void guest() {
    host.end(0, XicsHost.SOURCE);
  }

  @Arbiter
  public void end(III_Result r) {
    XicsHost.succeed(() -> host.device.intOn(XicsHost.SOURCE));
    r.r1 = host.accept(0);
    host.end(0, XicsHost.SOURCE);
    r.r2 = host.pq();
    r.r3 = host.accept(0);
  }
}
