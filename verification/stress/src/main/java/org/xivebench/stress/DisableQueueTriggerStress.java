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

/**
 * A trigger races with the disabling of its queue, whose memory is then given back. Result: whether
 * it was written after that, and whether the event was written at all.
 */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "event first")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "disabled first: discarded")
@Outcome(expect = FORBIDDEN, desc = "the hardware wrote to memory that is somebody else's")
@State
public class DisableQueueTriggerStress {
  private final Host host = new Host();
  private final EsbSource source = host.source(host.first, 6, 1);

  @Actor
  public void device() {
    source.trigger();
  }

  @Actor
  public void host() {
    host.opal.setQueueInfo(host.first, 6, null, 0, 0, 0);
    host.queue6.free();
  }

  @Arbiter
  public void end(II_Result r) {
    r.r1 = host.queue6.writtenAfterFree() ? 1 : 0;
    r.r2 = host.queue6.entry(0) != 0 ? 1 : 0;
  }
}
