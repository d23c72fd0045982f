package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.xivebench.sync.ReadSections;

/**
 * An injection, without a lock, in a read section, while a releaser redirects the pointer, waits
 * for the sections that are open, and frees. Result: what the injector found.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "redirected first")
@Outcome(id = "1", expect = ACCEPTABLE, desc = "injected before it was freed")
@Outcome(id = "2", expect = FORBIDDEN, desc = "injected into what was freed")
@State
public class InjectionRedirectStress {
  private final ReadSections sections = new ReadSections("injection");
  private volatile boolean toDevice = true;

  /** Plain: it is the sections that order it. */
  private boolean freed;

  @Actor
  public void injector(I_Result r) {
    int section = sections.enter();
    if (toDevice) {
      r.r1 = freed ? 2 : 1;
    }
    sections.exit(section);
  }

  @Actor
  public void releaser() {
    toDevice = false;
    sections.synchronize();
    freed = true;
  }
}
