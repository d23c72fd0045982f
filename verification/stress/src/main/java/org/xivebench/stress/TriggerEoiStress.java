package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;

/** A trigger races with the EOI of the event before. Result: EOI's answer, PQ, events. */
@JCStressTest
@Outcome(id = "1, 2, 2", expect = ACCEPTABLE, desc = "trigger first: Q set, EOI forwards it")
@Outcome(id = "0, 2, 2", expect = ACCEPTABLE, desc = "EOI first: the trigger goes by itself")
@Outcome(expect = FORBIDDEN, desc = "the second event is lost, or is there twice")
@State
public class TriggerEoiStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  {
    source.trigger();
  }

  @Actor
  public void device() {
    source.trigger();
  }

  @Actor
  public void guest(III_Result r) {
    r.r1 = (int) source.loadManagement(EsbOffset.LOAD_EOI);
  }

  @Arbiter
  public void end(III_Result r) {
    r.r2 = source.pq();
    r.r3 = host.events(host.first, 6);
  }
}
