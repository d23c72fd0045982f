package org.xivebench.replay.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Devices that trigger, and vCPUs that send IPIs, a few at a time, until it is ended. */
public final class Traffic extends Thread {
  private static final int MOST_OUTSTANDING = 4;

  private final LiveMachine live;
  private final long pauseNanos;
  private volatile boolean paused;
  private volatile boolean ending;

  private Traffic(LiveMachine live, long pauseMicros) {
    super("traffic");
    this.live = live;
    this.pauseNanos = TimeUnit.MICROSECONDS.toNanos(pauseMicros);
    setDaemon(true);
  }

  /**
   * Starts it.
   *
   * @param pauseMicros from one round, in which each source triggers once, to the next
   */
  public static Traffic start(LiveMachine live, long pauseMicros) {
    Traffic traffic = new Traffic(live, pauseMicros);
    traffic.start();
    return traffic;
  }

  /** Stops and goes on. */
  public void setPaused(boolean nowPaused) {
    paused = nowPaused;
  }

  /** Returns whether it is stopped for a while. */
  public boolean isPaused() {
    return paused;
  }

  @Override
  public void run() {
    for (int turn = 0; !ending; turn++) {
      if (!paused) {
        round(turn);
      }
      LockSupport.parkNanos(pauseNanos);
    }
  }

  private void round(int turn) {
    for (int source : live.msis()) {
      // While the VM is detached all are held.
      if (live.outstanding(source) < MOST_OUTSTANDING) {
        live.trigger(source);
      }
    }
    int vcpus = live.vm().vcpus().size();
    int target = turn % vcpus;
    if (live.outstandingIpis(target) == 0) {
      var unusedTask = live.sendIpi((target + 1) % vcpus, target);
    }
    for (int source : live.lsis()) {
      live.raise(source);
    }
  }

  /** Ends it. */
  public void end() throws InterruptedException {
    ending = true;
    join();
  }
}
