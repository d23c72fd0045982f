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

/**
 * A trigger races with SET_IRQ_CONFIG to another VP. Result: events that the old queue had when the
 * call returned, events there at the end, events in the new queue.
 */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "trigger first: old queue, and waited for")
@Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "configuration first: new queue")
@Outcome(id = "0, 1, 0", expect = FORBIDDEN, desc = "the old queue was written after the call")
@Outcome(expect = FORBIDDEN, desc = "lost, or there twice")
@State
public class ConfigureTriggerStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  @Actor
  public void device() {
    source.trigger();
  }

  @Actor
  public void host(III_Result r) {
    host.opal.setIrqConfig(source.hwIrq(), host.second, 6, 1);
    r.r1 = host.events(host.first, 6);
  }

  @Arbiter
  public void end(III_Result r) {
    r.r2 = host.events(host.first, 6);
    r.r3 = host.events(host.second, 6);
  }
}
