package org.xivebench.sync;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A kernel wait queue: threads sleep until a condition holds, and somebody who made it hold wakes
 * them. A condition that comes true without {@link #wakeAll} does not wake a sleeper, neither in a
 * normal run nor in an explored one: a forgotten wake-up shows as a thread that waits for ever.
 *
 * <p>A leaf: no lock of ours is taken inside, and the condition must take none.
 */
public class WaitQueue {
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /**
   * Counts the wake-ups of an explored run; touched by the one running actor, ordered by its
   * scheduler.
   */
  private long wakeUps;

  /**
   * @param name how schedules and time-out messages name what is waited for
   */
  public WaitQueue(String name) {
    this.name = name;
  }

  /** Sleeps until the condition holds. An interrupt of the thread is kept for later. */
  public final void await(BooleanSupplier until) {
    boolean held = awaitNanos(until, Long.MAX_VALUE);
    assert held;
  }

  /**
   * Sleeps until the condition holds or the time is up. In an explored run time does not pass, so
   * it waits for as long as it takes.
   *
   * @return whether the condition holds
   */
  public final boolean awaitNanos(BooleanSupplier until, long timeoutNanos) {
    Scheduler scheduler = Schedule.ofCurrentThread();
    if (scheduler != null) {
      scheduler.point(PointKind.WAIT, this);
      while (!until.getAsBoolean()) {
        long seen = wakeUps;
        scheduler.await(() -> wakeUps != seen, PointKind.WAIT, this);
      }
      return true;
    }
    if (until.getAsBoolean()) {
      return true;
    }
    long deadline = timeoutNanos == Long.MAX_VALUE ? 0 : System.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    lock.lock();
    try {
      while (!until.getAsBoolean()) {
        try {
          if (timeoutNanos == Long.MAX_VALUE) {
            changed.await();
          } else {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
              return false;
            }
            boolean unusedSignalled = changed.await(left, TimeUnit.NANOSECONDS);
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Makes every sleeper look at its condition again. The caller has made the change that they wait
   * for.
   */
  public void wakeAll() {
    Scheduler scheduler = Schedule.ofCurrentThread();
    if (scheduler != null) {
      scheduler.point(PointKind.WAKE, this);
      wakeUps++;
      return;
    }
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Counts those who sleep in some queues at one moment, and whom nobody has woken yet: who has
   * been woken and does not run yet is none of them. For tests; not of an explored run.
   */
  static int sleepersIn(List<WaitQueue> queues) {
    queues.forEach(queue -> queue.lock.lock());
    try {
      return queues.stream().mapToInt(queue -> queue.lock.getWaitQueueLength(queue.changed)).sum();
    } finally {
      queues.forEach(queue -> queue.lock.unlock());
    }
  }

  @Override
  public final String toString() {
    return name;
  }
}
