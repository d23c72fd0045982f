package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;

/** A trigger races with SET_PQ_01. Result: the trigger's fate, the mask's old PQ, PQ, events. */
@JCStressTest
@Outcome(id = "FORWARDED, 2, 1, 1", expect = ACCEPTABLE, desc = "trigger first")
@Outcome(id = "OFF, 0, 1, 0", expect = ACCEPTABLE, desc = "mask first")
@Outcome(expect = FORBIDDEN, desc = "mask and trigger disagree about who was first")
@State
public class TriggerMaskStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  @Actor
  public void device(LLLL_Result r) {
    r.r1 = source.trigger();
  }

  @Actor
  public void masker(LLLL_Result r) {
    r.r2 = (int) source.loadManagement(EsbOffset.SET_PQ_01);
  }

  @Arbiter
  public void end(LLLL_Result r) {
    r.r3 = source.pq();
    r.r4 = host.events(host.first, 6);
  }
}
