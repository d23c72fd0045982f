package org.xivebench.replay.soak;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Waiting for threads, and saying where one is. */
final class Threads {
  private Threads() {}

  /**
   * Waits for the end of a thread; an interrupt of the caller is kept for later.
   *
   * @param deadline as {@link System#nanoTime} counts
   * @return whether it has ended
   */
  static boolean joinUntil(Thread thread, long deadline) {
    boolean interrupted = false;
    long left = deadline - System.nanoTime();
    while (thread.isAlive() && left > 0) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = deadline - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  /** Returns the method of ours that a thread is in, but for the locks themselves, for a report. */
  static String whereIs(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .filter(frame -> frame.getClassName().startsWith("org.xivebench."))
        .filter(frame -> !frame.getClassName().startsWith("org.xivebench.sync."))
        .findFirst()
        .map(frame -> simpleName(frame.getClassName()) + "." + frame.getMethodName())
        .orElse("no code of ours");
  }

  private static String simpleName(String className) {
    return className.substring(className.lastIndexOf('.') + 1);
  }
}
