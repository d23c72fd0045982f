package org.xivebench.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.debugfs.Debugfs;
import org.xivebench.kvm.debugfs.DebugfsFile;

/**
 * A debugfs file is read while it is removed, and what it shows is freed. Result: what the reader
 * got.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "removed first: EIO")
@Outcome(id = "1", expect = ACCEPTABLE, desc = "read before it was freed")
@Outcome(id = "2", expect = FORBIDDEN, desc = "read after it was freed")
@State
public class DebugfsReadRemoveStress {
  private final DebugfsFile file =
      new Debugfs().create("kvm/1-1/xive", text -> text.append(this.freed ? 2 : 1));

  /** Plain: it is the removal that orders it. */
  private boolean freed;

  @Actor
  public void reader(I_Result r) {
    try {
      r.r1 = file.read().charAt(0) - '0';
    } catch (ErrnoException removed) {
      r.r1 = 0;
    }
  }

  @Actor
  public void releaser() {
    file.remove();
    freed = true;
  }
}
