package org.xivebench.replay.explore;

import java.lang.reflect.Method;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * What actors run on. Platform threads everywhere; virtual threads where a JDK parks them without
 * holding their carrier, because one then hands over to the next some ten times faster.
 *
 * <p>All actors and the loop around them run on one carrier: one of them runs at a time, so a
 * second carrier would only add the cost of waking it.
 */
enum Crew {
  /** Threads of the operating system, which a debugger shows best. */
  PLATFORM {
    @Override
    Thread newThread(Runnable body) {
      Thread thread = new Thread(body);
      thread.setDaemon(true);
      return thread;
    }
  },

  /** Virtual threads, made by reflection: the class files are those of Java 17. */
  VIRTUAL {
    @Override
    Thread newThread(Runnable body) {
      try {
        return (Thread) VirtualThreads.UNSTARTED.invoke(VirtualThreads.BUILDER, body);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a virtual thread cannot be made", e);
      }
    }
  };

  /** From JDK 24 on a virtual thread that parks inside a monitor gives its carrier back. */
  private static final int FIRST_JDK_WITHOUT_PINNING = 24;

  /** Returns the fastest that this JVM has. */
  static Crew fastest() {
    return Runtime.version().feature() >= FIRST_JDK_WITHOUT_PINNING ? VIRTUAL : PLATFORM;
  }

  /** Makes a thread that has not been started. */
  abstract Thread newThread(Runnable body);

  /**
   * Runs something on a thread of this kind, so that it hands over to actors as they do to each
   * other.
   *
   * @throws InterruptedException if the caller was interrupted; the work is interrupted too
   */
  <T> T call(Callable<T> work) throws InterruptedException {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = newThread(task);
    thread.setName("set-up");
    thread.start();
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Initialised when the first virtual thread is wanted. */
  private static final class VirtualThreads {
    static final Object BUILDER;
    static final Method UNSTARTED;

    static {
      // Read when the JDK makes its first virtual thread; without effect if it has done so.
      System.setProperty("jdk.virtualThreadScheduler.parallelism", "1");
      System.setProperty("jdk.virtualThreadScheduler.maxPoolSize", "1");
      try {
        BUILDER = Thread.class.getMethod("ofVirtual").invoke(null);
        UNSTARTED =
            Class.forName("java.lang.Thread$Builder").getMethod("unstarted", Runnable.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }
  }
}
