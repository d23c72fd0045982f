package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;
import org.xivebench.xive.EsbSource;

/** Two triggers of one source. Result: what became of each, PQ, events. */
@JCStressTest
@Outcome(id = "FORWARDED, QUEUED, 3, 1", expect = ACCEPTABLE, desc = "the first one goes")
@Outcome(id = "QUEUED, FORWARDED, 3, 1", expect = ACCEPTABLE, desc = "the second one goes")
@Outcome(expect = FORBIDDEN, desc = "both go, or none is remembered")
@State
public class TriggerTriggerStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  @Actor
  public void one(LLLL_Result r) {
    r.r1 = source.trigger();
  }

  @Actor
  public void other(LLLL_Result r) {
    r.r2 = source.trigger();
  }

  @Arbiter
  public void end(LLLL_Result r) {
    r.r3 = source.pq();
    r.r4 = host.events(host.first, 6);
  }
}
