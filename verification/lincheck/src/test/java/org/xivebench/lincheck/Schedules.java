package org.xivebench.lincheck;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.xivebench.kvm.release.ReleaseProtocol;

/** Has Lincheck run schedules of a {@link TinyRelease}. */
final class Schedules {
  private static final int ATTEMPTS = 6;
  private static final int THREADS_EACH = 2;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Schedules() {}

  /**
   * What was run.
   *
   * @param count how many schedules
   * @param nanos how long they took, with the rewriting of classes that was left to do
   */
  record Ran(long count, long nanos) {
    double perSecond() {
      return count * 1e9 / nanos;
    }
  }

  /** A schedule on a machine of its own. */
  private static final class Block implements Runnable {
    private final TinyRelease.Path path;
    private final ReleaseProtocol protocol;

    /**
     * Never run. What can be reached from the block, Lincheck rewrites before the first schedule
     * begins; all else within it, for which there are 30 s.
     */
    @SuppressWarnings("UnusedVariable") // read by Lincheck, by reflection
    private final TinyRelease sample;

    Block(TinyRelease.Path path, ReleaseProtocol protocol) {
      this.path = path;
      this.protocol = protocol;
      this.sample = new TinyRelease(path, protocol);
    }

    @Override
    public void run() {
      new TinyRelease(path, protocol).run();
    }
  }

  /**
   * Runs schedules, until all have been or one fails.
   *
   * @param most how many
   * @throws LincheckAssertionError with the schedule that fails
   */
  static Ran run(TinyRelease.Path path, ReleaseProtocol protocol, int most) {
    Block block = new Block(path, protocol);
    for (int attempt = 1; ; attempt++) {
      long threads = THREADS.getTotalStartedThreadCount();
      long start = System.nanoTime();
      try {
        Lincheck.runConcurrentTest(most, block);
        // Counted by the threads: fields that are changed in a schedule are changed back after it.
        return new Ran(
            (THREADS.getTotalStartedThreadCount() - threads) / THREADS_EACH,
            System.nanoTime() - start);
      } catch (LincheckAssertionError e) {
        if (!wasTooSlow(e) || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /**
   * On a slow machine a schedule in which classes are rewritten takes longer than Lincheck allows:
   * it then speaks of a hang, but has no interleaving to show. What it has rewritten it keeps, so
   * the next attempt gets further.
   */
  private static boolean wasTooSlow(LincheckAssertionError e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("hung") && !message.contains("interleaving");
  }
}
