package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OsRingWord;

/**
 * With priority 6 pending, an event at 4 races with the acknowledge. Result: the priority that was
 * accepted, IPB, the line.
 */
@JCStressTest
@Outcome(id = "6, 8, 1", expect = ACCEPTABLE, desc = "acknowledge first: 4 preempts")
@Outcome(id = "4, 2, 0", expect = ACCEPTABLE, desc = "event first: 6 waits")
@Outcome(expect = FORBIDDEN, desc = "one of the two is lost, or is there twice")
@State
public class AcknowledgeNotifyStress {
  private final Host host = new Host();
  private final EsbSource at4 = host.source(host.first, 4, 1);

  {
    host.push();
    host.source(host.first, 6, 2).trigger();
  }

  @Actor
  public void vcpu(III_Result r) {
    r.r1 = host.tima.acknowledgeOs() & 0xff;
  }

  @Actor
  public void device() {
    at4.trigger();
  }

  @Arbiter
  public void end(III_Result r) {
    r.r2 = (int) OsRingWord.IPB.get(host.tima.loadOsRing());
    r.r3 = host.tima.externalLine() ? 1 : 0;
  }
}
