package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.xivebench.xive.EsbSource;

/**
 * Two devices write to one queue; the second looks at it after its own event, last entry first.
 * Result: whether entries 1 and 0 are seen.
 */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "only its own event is there yet")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both are")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "a gap: a reader would stop before entry 1")
@Outcome(expect = FORBIDDEN, desc = "its own event is not to be seen")
@State
public class QueueWriteReadStress {
  private final Host host = new Host();
  private final EsbSource one = host.source(host.first, 6, 1);
  private final EsbSource two = host.source(host.first, 6, 2);

  @Actor
  public void device() {
    one.trigger();
  }

  @Actor
  public void otherDevice(II_Result r) {
    two.trigger();
    r.r1 = host.queue6.entry(1) != 0 ? 1 : 0;
    r.r2 = host.queue6.entry(0) != 0 ? 1 : 0;
  }
}
