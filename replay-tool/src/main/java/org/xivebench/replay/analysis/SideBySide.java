package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does the same with several things at once, as many as there are CPUs. */
final class SideBySide {
  /** Work that reads. */
  @FunctionalInterface
  interface Work<T> {
    void on(T item) throws IOException;
  }

  private SideBySide() {}

  /**
   * Does the work, and waits for all of it; the first failure in the order of the items comes out.
   */
  static <T> void run(List<T> items, Work<T> work) throws IOException {
    if (items.size() == 1) {
      work.on(items.get(0));
      return;
    }
    int threads = Math.min(items.size(), Runtime.getRuntime().availableProcessors());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (T item : items) {
        running.add(
            pool.submit(
                () -> {
                  work.on(item);
                  return null;
                }));
      }
      for (Future<?> future : running) {
        await(future);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static void await(Future<?> future) throws IOException {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      }
      if (cause instanceof RuntimeException failure) {
        throw failure;
      }
      if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(cause);
    }
  }
}
