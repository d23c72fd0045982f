package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LockdepTest {
  private static final LockClass OUTER = LockClass.of("outer", 1);
  private static final LockClass MIDDLE = LockClass.of("middle", 1);
  private static final LockClass INNER = LockClass.of("inner", 1);

  @BeforeEach
  @AfterEach
  void forget() {
    Lockdep.reset();
  }

  @Test
  void sameOrder_taken_twice_isNotReported() {
    nest(new Mutex(OUTER, "a1"), new Mutex(INNER, "b1"));
    nest(new Mutex(OUTER, "a2"), new Mutex(INNER, "b2"));

    assertEquals(List.of(), Lockdep.reports());
  }

  @Test
  void otherOrder_ofOtherLocks_isReportedOnceWithBothStacks() {
    nest(new Mutex(OUTER, "a1"), new Mutex(INNER, "b1"));
    nest(new Mutex(INNER, "b2"), new Mutex(OUTER, "a2"));
    nest(new Mutex(INNER, "b3"), new Mutex(OUTER, "a3"));

    assertEquals(1, Lockdep.reports().size());
    LockOrderReport report = Lockdep.reports().get(0);
    assertEquals("inner", report.held());
    assertEquals("outer", report.taken());
    assertTrue(report.stack().contains("LockdepTest.nest"), report.stack());
    assertTrue(report.earlierStack().contains("LockdepTest.nest"), report.earlierStack());
  }

  @Test
  void cycle_ofThreeClasses_isReported() {
    nest(new Mutex(OUTER, "a"), new Mutex(MIDDLE, "b"));
    nest(new Mutex(MIDDLE, "b"), new Mutex(INNER, "c"));
    nest(new Mutex(INNER, "c"), new Mutex(OUTER, "a"));

    assertEquals(1, Lockdep.reports().size());
  }

  @Test
  void lowerRank_takenInside_isReportedWithoutAnEarlierOrder() {
    nest(new Mutex(LockClass.of("late", 9), "late"), new Mutex(LockClass.of("early", 2), "early"));

    assertEquals(1, Lockdep.reports().size());
    assertEquals(null, Lockdep.reports().get(0).earlierThread());
  }

  @Test
  void twoOfOneClass_areReportedUnlessNestable() {
    LockClass nestable = new LockClass("nestable", 3, true);
    nest(new Mutex(nestable, "n1"), new Mutex(nestable, "n2"));
    assertEquals(List.of(), Lockdep.reports());

    nest(new Mutex(OUTER, "a1"), new Mutex(OUTER, "a2"));
    assertEquals(1, Lockdep.reports().size());
  }

  private static void nest(Mutex outer, Mutex inner) {
    outer.lock();
    inner.lock();
    inner.unlock();
    outer.unlock();
  }
}
