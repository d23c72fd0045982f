package org.xivebench.replay.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * How a run waits: as long as anything gets on, and no longer. Time counts only while the waiting
 * thread itself gets to look: a machine that lets nothing run for a while is no reason to give up.
 */
final class Patience {
  private static final long POLL_NANOS = 20_000;
  private static final int SPINS = 200;

  /** The most that counts between two looks. */
  private static final long LONGEST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final LongSupplier progress;
  private final BooleanSupplier over;
  private final long stallNanos;

  /**
   * @param progress changes whenever anything gets on
   * @param over whether the run has ended for another reason
   * @param stallMillis how long nothing may get on
   */
  Patience(LongSupplier progress, BooleanSupplier over, long stallMillis) {
    this.progress = progress;
    this.over = over;
    this.stallNanos = TimeUnit.MILLISECONDS.toNanos(stallMillis);
  }

  /** Waits for a condition. Returns false if nothing got on for too long. */
  boolean await(BooleanSupplier condition) {
    for (int i = 0; i < SPINS; i++) {
      if (condition.getAsBoolean()) {
        return true;
      }
      Thread.onSpinWait();
    }
    long seen = progress.getAsLong();
    long quietNanos = 0;
    long lookedNanos = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (over.getAsBoolean()) {
        return true;
      }
      LockSupport.parkNanos(POLL_NANOS);
      long nowNanos = System.nanoTime();
      quietNanos += Math.min(nowNanos - lookedNanos, LONGEST_LOOK_NANOS);
      lookedNanos = nowNanos;
      long now = progress.getAsLong();
      if (now != seen) {
        seen = now;
        quietNanos = 0;
      } else if (quietNanos > stallNanos) {
        return false;
      }
    }
    return true;
  }

  /** Waits for the end of a thread. Returns whether it has ended. */
  boolean awaitEnd(Thread thread) {
    boolean interrupted = false;
    long end = System.nanoTime() + stallNanos;
    while (thread.isAlive() && System.nanoTime() < end) {
      try {
        thread.join(50);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
