package org.xivebench.itest;

import java.util.concurrent.locks.LockSupport;
import org.xivebench.replay.engine.LiveMachine;

/** Devices that trigger, and vCPUs that send IPIs, until it is ended; a few at a time. */
final class Traffic extends Thread {
  private static final int MOST_OUTSTANDING = 4;

  private final LiveMachine live;
  private volatile boolean ending;

  private Traffic(LiveMachine live) {
    super("traffic");
    this.live = live;
    setDaemon(true);
  }

  static Traffic start(LiveMachine live) {
    Traffic traffic = new Traffic(live);
    traffic.start();
    return traffic;
  }

  @Override
  public void run() {
    int vcpus = live.vm().vcpus().size();
    for (int turn = 0; !ending; turn++) {
      for (int source : live.msis()) {
        // While the VM is detached all are held.
        if (live.outstanding(source) < MOST_OUTSTANDING) {
          live.trigger(source);
        }
      }
      int target = turn % vcpus;
      if (live.outstandingIpis(target) == 0) {
        live.sendIpi((target + 1) % vcpus, target);
      }
      for (int source : live.lsis()) {
        live.raise(source);
      }
      LockSupport.parkNanos(50_000);
    }
  }

  /** Ends it. */
  void end() throws InterruptedException {
    ending = true;
    join();
  }
}
