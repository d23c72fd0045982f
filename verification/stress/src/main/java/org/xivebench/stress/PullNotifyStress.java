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
import org.xivebench.xive.OsRingWord;

/**
 * An event races with the pull of its VP. Result: the IPB that the vCPU saved after the pull, and
 * the NVT's.
 */
@JCStressTest
@Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "event first: in the saved ring")
@Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "pull first: in the NVT")
@Outcome(expect = FORBIDDEN, desc = "lost, or there twice")
@State
public class PullNotifyStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  {
    host.push();
  }

  @Actor
  public void vcpu(II_Result r) {
    host.tima.pullOsContext();
    r.r1 = (int) OsRingWord.IPB.get(host.tima.loadOsRing());
  }

  @Actor
  public void device() {
    source.trigger();
  }

  @Arbiter
  public void end(II_Result r) {
    r.r2 = host.xive.nvt(host.first).savedIpb();
  }
}
