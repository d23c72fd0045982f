package org.xivebench.sync;

import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The seam between the product's code and an explorer. {@link #point} marks a place where the order
 * of threads matters.
 *
 * <p>Whether anything can stand behind the seam is fixed when the JVM starts ({@code
 * -Dxivebench.explorable=true}), so that the JIT compiler removes every trace of it from a normal
 * run. In an explorable JVM a thread is scheduled only while a {@link Scheduler} that controls it
 * is installed.
 */
public final class Schedule {
  /** Whether this JVM was started explorable. A constant to the JIT compiler. */
  public static final boolean EXPLORABLE = Boolean.getBoolean("xivebench.explorable");

  private static final long BREATH_NANOS = 1_000;

  private static volatile Scheduler installed;

  private Schedule() {}

  /**
   * Puts a scheduler behind the seam.
   *
   * @return closes to take it away again
   * @throws IllegalStateException if the JVM is not explorable, or another scheduler is installed
   */
  public static synchronized Installation install(Scheduler scheduler) {
    Objects.requireNonNull(scheduler);
    if (!EXPLORABLE) {
      throw new IllegalStateException("this JVM was not started with -Dxivebench.explorable=true");
    }
    if (installed != null) {
      throw new IllegalStateException("a scheduler is installed already");
    }
    installed = scheduler;
    return () -> installed = null;
  }

  /** A scheduler that stands behind the seam until this is closed. */
  public interface Installation extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Lets a scheduler, if one controls this thread, choose who goes next. Nothing in a normal run.
   */
  public static void point(PointKind kind, Object subject) {
    if (EXPLORABLE) {
      Scheduler scheduler = ofCurrentThread();
      if (scheduler != null) {
        scheduler.point(kind, subject);
      }
    }
  }

  /**
   * Declares that the step under way also reads something that other threads may write: not a place
   * where another may go first, but a dependence that an explorer must know before it takes two
   * orders of steps for one. {@link #point} declares its own subject.
   *
   * @param subject the object concerned, as the writers name it
   */
  public static void reads(Object subject) {
    if (EXPLORABLE) {
      Scheduler scheduler = ofCurrentThread();
      if (scheduler != null) {
        scheduler.access(false, subject);
      }
    }
  }

  /** Declares that the step under way also writes something that other threads may access. */
  public static void writes(Object subject) {
    if (EXPLORABLE) {
      Scheduler scheduler = ofCurrentThread();
      if (scheduler != null) {
        scheduler.access(true, subject);
      }
    }
  }

  /** Returns whether the calling thread runs under a scheduler now. */
  public static boolean isExplored() {
    return ofCurrentThread() != null;
  }

  /**
   * Returns the scheduler that controls the calling thread, or null: then the caller does the real
   * thing.
   */
  static Scheduler ofCurrentThread() {
    if (!EXPLORABLE) {
      return null;
    }
    Scheduler scheduler = installed;
    return scheduler != null && scheduler.controlsCurrentThread() ? scheduler : null;
  }

  /**
   * Waits, without sleeping, for a condition that another thread is about to make true: what a CPU
   * does that spins on a word.
   *
   * @param until side-effect free
   * @param subject what is waited for
   */
  public static void spinUntil(BooleanSupplier until, Object subject) {
    Scheduler scheduler = ofCurrentThread();
    if (scheduler != null) {
      scheduler.await(until, PointKind.WAIT, subject);
      return;
    }
    for (int spins = 0; !until.getAsBoolean(); spins++) {
      // On few processors the thread that is waited for may need ours.
      if (spins < 64) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(BREATH_NANOS);
      }
    }
  }

  /**
   * Lets other threads run for a moment, before the caller looks again at what one of them is about
   * to change. Nothing in an explored run, where they are chosen at the next point.
   */
  public static void relax() {
    if (ofCurrentThread() == null) {
      LockSupport.parkNanos(BREATH_NANOS);
    }
  }
}
