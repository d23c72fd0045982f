package org.xivebench.lincheck;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.sync.Schedule;

/**
 * The release protocol under Lincheck, beside five of the paths that it has to keep out. {@code
 * gated} passes; with a step left out, the use after free is found. The second is what gives the
 * first its worth, so each test does both, the second first.
 */
@Tag("long")
@Timeout(400)
class ReleaseLincheckTest {
  private static final int SCHEDULES = Integer.getInteger("xivebench.lincheck.schedules", 100);

  /** A mistake is planted: it is found in fewer than 50. */
  private static final int SCHEDULES_TO_FIND = 500;

  @Test
  void jvm_isPlain() {
    assertFalse(Schedule.EXPLORABLE, "Lincheck is to see the locks that users run");
  }

  @ParameterizedTest
  @CsvSource({
    "ENTRY, GATE VCPU_MUTEX",
    "ONE_REG, VCPU_MUTEX",
    "DEBUGFS, DEBUGFS_REMOVE",
    "HYPERCALL, GATE",
    "INJECTION, DRAIN_INJECTION"
  })
  void leftOutStep_isFound_andGatedFindsNothing(TinyRelease.Path path, String steps) {
    Step[] left = Arrays.stream(steps.split(" ")).map(Step::valueOf).toArray(Step[]::new);
    LincheckAssertionError found =
        assertThrows(
            LincheckAssertionError.class,
            () -> Schedules.run(path, ReleaseProtocol.GATED.without(left), SCHEDULES_TO_FIND));
    assertTrue(found.getMessage().contains("use after free of"), found.getMessage());

    Schedules.Ran ran = Schedules.run(path, ReleaseProtocol.GATED, SCHEDULES);

    assertTrue(ran.count() > 1, "Lincheck has run " + ran.count() + " schedules");
  }
}
