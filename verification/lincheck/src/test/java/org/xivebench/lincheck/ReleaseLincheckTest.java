package org.xivebench.lincheck;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.sync.Schedule;

/**
 * The release protocol under Lincheck, beside four of the paths that it has to keep out. {@code
 * gated} passes; with a step left out, the use after free is found. The second is what gives the
 * first its worth, so both are in every run.
 */
@Tag("long")
@Timeout(300)
class ReleaseLincheckTest {
  private static final int SCHEDULES = Integer.getInteger("xivebench.lincheck.schedules", 200);
  private static final int ATTEMPTS = 5;

  @Test
  void jvm_isPlain() {
    assertFalse(Schedule.EXPLORABLE, "Lincheck is to see the locks that users run");
  }

  @ParameterizedTest
  @EnumSource(TinyRelease.Path.class)
  void gated_findsNothing(TinyRelease.Path path) {
    check(path, ReleaseProtocol.GATED);
  }

  /** The canary: if these pass, Lincheck does not see our threads, and the others say nothing. */
  @ParameterizedTest
  @CsvSource({
    "ONE_REG, VCPU_MUTEX",
    "DEBUGFS, DEBUGFS_REMOVE",
    "HYPERCALL, GATE",
    "INJECTION, DRAIN_INJECTION"
  })
  void leftOutStep_isFound(TinyRelease.Path path, Step step) {
    LincheckAssertionError found =
        assertThrows(
            LincheckAssertionError.class, () -> check(path, ReleaseProtocol.GATED.without(step)));
    assertTrue(found.getMessage().contains("use after free"), found.getMessage());
  }

  private static void check(TinyRelease.Path path, ReleaseProtocol protocol) {
    long start = System.nanoTime();
    try {
      for (int attempt = 1; !ran(path, protocol); attempt++) {
        assertTrue(attempt < ATTEMPTS, "the machine is too slow for Lincheck");
      }
    } finally {
      System.out.printf(
          "lincheck: %s, %d schedules or fewer, %.1f s%n",
          path, SCHEDULES, (System.nanoTime() - start) / 1e9);
    }
  }

  /**
   * Runs it. On a slow machine the first schedule, in which classes are rewritten, takes longer
   * than Lincheck allows: it then speaks of a hang, but has no interleaving to show. What it has
   * rewritten it keeps, so the next attempt gets further.
   *
   * @return whether schedules were run
   */
  private static boolean ran(TinyRelease.Path path, ReleaseProtocol protocol) {
    try {
      Lincheck.runConcurrentTest(SCHEDULES, () -> TinyRelease.run(path, protocol));
      return true;
    } catch (LincheckAssertionError e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("hung") && !message.contains("interleaving")) {
        return false;
      }
      throw e;
    }
  }
}
