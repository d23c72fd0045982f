package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.xivebench.xive.EsbSource;

/** An event races with the push of its VP. Result: the line, and what is left in the NVT. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "delivered, by the event or by the push")
@Outcome(expect = FORBIDDEN, desc = "left in the NVT of a VP that is dispatched, or lost")
@State
public class PushNotifyStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  @Actor
  public void vcpu() {
    host.push();
  }

  @Actor
  public void device() {
    source.trigger();
  }

  @Arbiter
  public void end(II_Result r) {
    r.r1 = host.tima.externalLine() ? 1 : 0;
    r.r2 = host.xive.nvt(host.first).savedIpb();
  }
}
