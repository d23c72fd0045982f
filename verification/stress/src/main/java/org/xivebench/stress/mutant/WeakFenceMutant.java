package org.xivebench.stress.mutant;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The gate's handshake with release stores and acquire loads in place of volatile ones: the vCPU
 * may look at the gate before others see that it is inside.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "in first: the releaser waits for it")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "closed first: it waits outside")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "seen on its way back out")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "it is in, and the releaser frees all the same")
@State
public class WeakFenceMutant {
  private static final VarHandle INSIDE;
  private static final VarHandle CLOSED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      INSIDE = lookup.findVarHandle(WeakFenceMutant.class, "inside", boolean.class);
      CLOSED = lookup.findVarHandle(WeakFenceMutant.class, "closed", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private boolean inside;
  private boolean closed;

  @Actor
  public void vcpu(II_Result r) {
    INSIDE.setRelease(this, true);
    r.r1 = (boolean) CLOSED.getAcquire(this) ? 0 : 1;
  }

  @Actor
  public void releaser(II_Result r) {
    CLOSED.setRelease(this, true);
    r.r2 = (boolean) INSIDE.getAcquire(this) ? 1 : 0;
  }
}
