package org.xivebench.sync;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import jdk.jfr.FlightRecorder;

/**
 * A kernel mutex: not re-entrant, owned by a thread, of a {@link LockClass} that {@link Lockdep}
 * watches.
 *
 * <p>Use as {@code mutex.lock(); try { … } finally { mutex.unlock(); }}.
 */
public class Mutex {
  private final LockClass lockClass;
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();

  /** The owner, for {@link #isHeldByCurrentThread} and, in explored runs, the lock itself. */
  private volatile Thread owner;

  /** The owner's wait for this lock, recorded when it gives the lock back. Guarded by the lock. */
  private LockWaitEvent waited;

  /** The hold, recorded when it ends; null unless holds are recorded. Guarded by the lock. */
  private LockHoldEvent held;

  /**
   * @param lockClass the role that it plays
   * @param name of this very lock, such as {@code vcpu0->mutex}
   */
  public Mutex(LockClass lockClass, String name) {
    this.lockClass = lockClass;
    this.name = name;
  }

  /** Takes the lock; waits for as long as it takes. */
  public final void lock() {
    Thread current = Thread.currentThread();
    if (owner == current) {
      throw new AssertionError(name + " is not re-entrant");
    }
    Lockdep.acquiring(this);
    Scheduler scheduler = Schedule.ofCurrentThread();
    if (scheduler != null) {
      scheduler.await(() -> owner == null, PointKind.LOCK, this);
    } else if (!lock.tryLock()) {
      lockContended();
    }
    taken(current);
  }

  private void taken(Thread current) {
    owner = current;
    held = FlightRecorder.isInitialized() ? LockHoldEvent.begun() : null;
    Lockdep.acquired(this);
  }

  private void lockContended() {
    LockWaitEvent wait = new LockWaitEvent();
    if (!wait.isEnabled()) {
      lock.lock();
      return;
    }
    Thread holder = owner;
    wait.begin();
    lock.lock();
    wait.end();
    if (wait.shouldCommit()) {
      wait.lock = name;
      wait.lockClass = lockClass.name();
      wait.heldBy = holder == null ? null : holder.getName();
      waited = wait;
    }
  }

  /**
   * Takes the lock if nobody holds it.
   *
   * @return whether it is now held
   */
  public final boolean tryLock() {
    Thread current = Thread.currentThread();
    if (owner == current) {
      return false;
    }
    Scheduler scheduler = Schedule.ofCurrentThread();
    if (scheduler != null) {
      scheduler.point(PointKind.LOCK, this);
      if (owner != null) {
        return false;
      }
    } else if (!lock.tryLock()) {
      return false;
    }
    taken(current);
    return true;
  }

  /**
   * Takes the lock, unless that takes too long. In an explored run time does not pass, so it waits
   * for as long as it takes. An interrupt of the thread is kept for later.
   *
   * @return whether it is now held
   */
  public final boolean tryLock(long timeoutNanos) {
    if (Schedule.ofCurrentThread() != null) {
      lock();
      return true;
    }
    Thread current = Thread.currentThread();
    if (owner == current) {
      throw new AssertionError(name + " is not re-entrant");
    }
    Lockdep.acquiring(this);
    if (!tryRealLock(timeoutNanos)) {
      return false;
    }
    taken(current);
    return true;
  }

  private boolean tryRealLock(long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Gives the lock back. */
  public final void unlock() {
    assertHeld();
    Lockdep.released(this);
    LockWaitEvent wait = waited;
    waited = null;
    LockHoldEvent hold = held;
    if (hold != null) {
      held = null;
      hold.end();
    }
    owner = null;
    if (lock.isHeldByCurrentThread()) {
      lock.unlock();
    }
    if (wait != null) {
      wait.commit();
    }
    if (hold != null) {
      hold.commit(this);
    }
    Schedule.point(PointKind.UNLOCK, this);
  }

  /** Returns whether the calling thread holds the lock. */
  public final boolean isHeldByCurrentThread() {
    return owner == Thread.currentThread();
  }

  /** Returns who holds the lock now, or null; out of date as soon as it is read. */
  public final Thread owner() {
    return owner;
  }

  /** First line of every method that needs this lock. */
  public final void assertHeld() {
    if (!isHeldByCurrentThread()) {
      throw new AssertionError(name + " is not held by " + Thread.currentThread().getName());
    }
  }

  /** Returns the role that this lock plays. */
  public final LockClass lockClass() {
    return lockClass;
  }

  @Override
  public final String toString() {
    return name;
  }
}
