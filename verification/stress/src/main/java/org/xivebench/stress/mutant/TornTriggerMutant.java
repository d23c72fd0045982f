package org.xivebench.stress.mutant;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * P and Q of a source whose trigger and EOI each load and then store them, in place of one atomic
 * exchange. The event before is in service. Result: how many more come, PQ.
 */
@JCStressTest
@Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "whoever is first: one more event, P set")
@Outcome(expect = FORBIDDEN, desc = "the second event is lost, or P is")
@State
public class TornTriggerMutant {
  private static final int RESET = 0;
  private static final int PENDING = 2;
  private static final int QUEUED = 3;

  private volatile int pq = PENDING;
  private int fromTrigger;
  private int fromEoi;

  @Actor
  public void device() {
    int old = pq;
    fromTrigger = old == RESET ? 1 : 0;
    pq = old == RESET ? PENDING : QUEUED;
  }

  @Actor
  public void guest() {
    int old = pq;
    fromEoi = old == QUEUED ? 1 : 0;
    pq = old == QUEUED ? PENDING : RESET;
  }

  @Arbiter
  public void end(II_Result r) {
    r.r1 = fromTrigger + fromEoi;
    r.r2 = pq;
  }
}
