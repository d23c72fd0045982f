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
 * With priority 6 pending, another event at 6 races with the acknowledge and the look into the
 * queue that follows. Result: whether the look found the second entry, and whether 6 is pending
 * again.
 */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "event first: one interrupt for both")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "event last: an interrupt of its own")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "entry seen, its interrupt still comes")
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "an entry that nobody will look for")
@State
public class AcknowledgeSamePriorityStress {
  private final Host host = new Host();
  private final EsbSource second = host.source(host.first, 6, 1);

  {
    host.push();
    host.source(host.first, 6, 2).trigger();
  }

  @Actor
  public void vcpu(II_Result r) {
    host.tima.acknowledgeOs();
    r.r1 = host.queue6.entry(1) != 0 ? 1 : 0;
  }

  @Actor
  public void device() {
    second.trigger();
  }

  @Arbiter
  public void end(II_Result r) {
    r.r2 = OsRingWord.IPB.get(host.tima.loadOsRing()) != 0 ? 1 : 0;
  }
}
