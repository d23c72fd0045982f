package org.xivebench.replay.engine;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapReport;

/** Makes the swaps that are asked for, one after the other, to each backend in turn. */
final class SwapRequests extends Thread {
  private final ReplayMachine machine;
  private final List<DeviceType> rotation;
  private final Ledger ledger;
  private final Findings findings;
  private final Patience patience;
  private final SwapFigures figures = new SwapFigures();

  private volatile boolean ending;
  private volatile long due;
  private volatile long done;

  /**
   * @param rotation the VM is on the first of them
   */
  SwapRequests(
      ReplayMachine machine,
      List<DeviceType> rotation,
      Ledger ledger,
      Findings findings,
      Patience patience) {
    super("swapper");
    this.machine = machine;
    this.rotation = rotation;
    this.ledger = ledger;
    this.findings = findings;
    this.patience = patience;
    setDaemon(true);
  }

  @Override
  public void run() {
    int position = 0;
    while (true) {
      if (done == due) {
        if (ending) {
          return;
        }
        LockSupport.park(this);
        continue;
      }
      position = (position + 1) % rotation.size();
      try {
        SwapReport report = machine.swapTo(rotation.get(position));
        figures.add(report);
        report.lostSources().forEach(ledger::stranded);
      } catch (SwapException | RuntimeException | AssertionError e) {
        findings.failure("swap " + (done + 1) + ": " + Findings.describe(e));
        return;
      }
      long next = done + 1;
      done = next;
    }
  }

  /** One more swap; called by the injecting thread only. */
  void request() {
    long next = due + 1;
    due = next;
    LockSupport.unpark(this);
    // Not further ahead than one swap, or they would follow each other without load between.
    if (!patience.await(() -> done >= next - 1)) {
      findings.stuck("swap " + next + " waits for the one before it");
    }
  }

  /** Makes what was asked for, and ends. Returns whether it has ended. */
  boolean end(Patience forIt) {
    ending = true;
    LockSupport.unpark(this);
    return forIt.awaitEnd(this);
  }

  /** Changes when a swap is completed. */
  long done() {
    return done;
  }

  /** What the swaps took. To be read when the thread has ended. */
  SwapFigures figures() {
    return figures;
  }
}
