package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LifetimeTest {
  private final Lifetime life = new Lifetime(() -> "xc of server 3");

  @BeforeEach
  @AfterEach
  void forget() {
    Lifetime.resetReports();
  }

  @Test
  void check_beforeFree_passes() {
    life.check();

    assertTrue(Lifetime.reports().isEmpty());
  }

  @Test
  void check_afterFree_namesObjectReasonAndPlace() {
    life.free("vCPU cleanup");

    UseAfterFree report = assertThrows(UseAfterFree.class, life::check);

    assertTrue(
        report.getMessage().startsWith("use after free of xc of server 3"), report.getMessage());
    assertTrue(report.freedBy().contains("vCPU cleanup"), report.freedBy());
    assertEquals("check_afterFree_namesObjectReasonAndPlace", freeingMethod(report));
    assertEquals(1, Lifetime.reports().size());
  }

  @Test
  void free_twice_isReportedAsSuch() {
    life.free("first");

    UseAfterFree report = assertThrows(UseAfterFree.class, () -> life.free("second"));

    assertTrue(report.getMessage().startsWith("double free"), report.getMessage());
  }

  private static String freeingMethod(UseAfterFree report) {
    return report.getCause().getStackTrace()[1].getMethodName();
  }
}
