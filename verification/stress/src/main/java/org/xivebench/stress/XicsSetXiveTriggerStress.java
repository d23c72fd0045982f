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
 * A source is triggered while it is moved from server 0 to server 1. Result: what server 0 takes,
 * what server 1 takes, PQ.
 */
@JCStressTest
@Outcome(id = "16, 0, 2", expect = ACCEPTABLE, desc = "trigger first: at the old server")
@Outcome(id = "0, 16, 2", expect = ACCEPTABLE, desc = "move first: at the new server")
@Outcome(expect = FORBIDDEN, desc = "the event is lost, or is at both")
@State
public class XicsSetXiveTriggerStress {
  private final XicsHost host = new XicsHost();

  @Actor
  public void guest() {
    XicsHost.succeed(() -> host.device.setXive(XicsHost.SOURCE, 1, XicsHost.PRIORITY));
  }

  @Actor
  public void device() {
    host.trigger();
  }

  @Arbiter
  public void end(III_Result r) {
    r.r1 = host.accept(0);
    r.r2 = host.accept(1);
    r.r3 = host.pq();
  }
}
