package org.xivebench.replay.explore.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.LockClass;
import org.xivebench.sync.Lockdep;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.WaitQueue;

@Timeout(60)
class ScheduleTraceTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
    Invariants.reset();
  }

  /** What a test's actors are, and what is looked at in the end. */
  private static final class Cast implements Experiment.Run {
    private final Map<String, Runnable> actors = new LinkedHashMap<>();
    private Runnable check = () -> {};

    @Override
    public Map<String, Runnable> actors() {
      return actors;
    }

    @Override
    public void check() {
      check.run();
    }
  }

  private static ScheduleTrace traceOfFailure(Consumer<Cast> fill) throws InterruptedException {
    Experiment experiment =
        () -> {
          Cast cast = new Cast();
          fill.accept(cast);
          return cast;
        };
    Failure failure =
        new Explorer(experiment, new DepthFirst(2), LONG).explore().failure().orElseThrow();
    ScheduleTrace trace = ScheduleTrace.of(experiment, failure.choices());
    assertEquals(Optional.empty(), trace.misfit());
    assertFalse(trace.ranOut());
    return trace;
  }

  private static Mutex mutex(String name, int rank) {
    return new Mutex(LockClass.of(name, rank), name);
  }

  private static void inside(Mutex lock, Runnable body) {
    lock.lock();
    try {
      body.run();
    } finally {
      lock.unlock();
    }
  }

  @Test
  void useAfterFree_namesBothActorsAndBothSteps() throws InterruptedException {
    ScheduleTrace trace =
        traceOfFailure(
            cast -> {
              Lifetime thing = new Lifetime(() -> "thing");
              Lifetime other = new Lifetime(() -> "thing"); // another of that name
              cast.actors.put(
                  "owner",
                  () -> {
                    other.free("too early");
                    thing.free("end of it");
                  });
              cast.actors.put("user", thing::check);
            });

    ScheduleTrace.Finding finding = trace.finding().orElseThrow();
    assertEquals(ScheduleTrace.Kind.USE_AFTER_FREE, finding.kind());
    assertEquals("user", finding.by());
    assertEquals(
        new ScheduleTrace.Freed("thing", "owner", "end of it", OptionalInt.of(2)),
        finding.freed().orElseThrow());
    assertEquals("use thing", trace.steps().get(finding.step().getAsInt() - 1).text());
    assertEquals(
        List.of(
            "use after free of thing: freed by owner (end of it), used by user",
            "  freed by owner at step 2: end of it",
            "  used by user at step 3"),
        FindingText.lines(trace));
  }

  @Test
  void doubleFree_isCalledThat() throws InterruptedException {
    ScheduleTrace trace =
        traceOfFailure(
            cast -> {
              Lifetime thing = new Lifetime(() -> "thing");
              cast.actors.put("left", () -> thing.free("one"));
              cast.actors.put("right", () -> thing.free("two"));
            });

    ScheduleTrace.Finding finding = trace.finding().orElseThrow();
    assertEquals(ScheduleTrace.Kind.DOUBLE_FREE, finding.kind());
    assertEquals(OptionalInt.of(2), finding.step());
    assertEquals(OptionalInt.of(1), finding.freed().orElseThrow().step());
    assertEquals("  freed again by right at step 2", FindingText.lines(trace).get(2));
  }

  @Test
  void deadlock_isARingWithWhoHoldsWhatSinceWhen() throws InterruptedException {
    Experiment experiment =
        () -> {
          Cast cast = new Cast();
          Mutex a = new Mutex(new LockClass("a", 1, true), "a");
          Mutex b = new Mutex(new LockClass("b", 1, true), "b");
          WaitQueue queue = new WaitQueue("never");
          cast.actors.put("ab", () -> inside(a, () -> inside(b, () -> {})));
          cast.actors.put("ba", () -> inside(b, () -> inside(a, () -> {})));
          cast.actors.put("sleeper", () -> queue.await(() -> false));
          return cast;
        };
    ScheduleTrace trace = ScheduleTrace.of(experiment, List.of(0, 0, 1, 1));

    ScheduleTrace.Finding finding = trace.finding().orElseThrow();
    assertEquals(ScheduleTrace.Kind.STUCK, finding.kind());
    assertEquals(List.of(0, 1), finding.cycle());
    ScheduleTrace.Wait first = finding.waits().get(0);
    assertEquals("b", first.object());
    assertEquals(OptionalInt.of(1), first.holder());
    TracedStep taken = trace.steps().get(first.since().getAsInt() - 1);
    assertEquals("ba", trace.nameOf(taken.actor()));
    assertEquals("lock b", taken.text());
    assertEquals(
        new ScheduleTrace.Wait(2, "never", OptionalInt.empty(), OptionalInt.empty()),
        finding.waits().get(2));
    assertTrue(
        FindingText.lines(trace).contains("  deadlock: ab -> b -> ba -> a -> ab"),
        FindingText.lines(trace).toString());
  }

  @Test
  void locks_areThoseHeldAtTheStep_outermostFirst() throws InterruptedException {
    ScheduleTrace trace =
        traceOfFailure(
            cast -> {
              Mutex outer = mutex("outer", 1);
              Mutex inner = mutex("inner", 2);
              cast.actors.put(
                  "holder",
                  () ->
                      inside(
                          outer,
                          () -> {
                            inside(inner, () -> Schedule.point(PointKind.STEP, "both"));
                            Schedule.point(PointKind.STEP, "one");
                          }));
              cast.actors.put("other", () -> Schedule.point(PointKind.STEP, "none"));
              cast.check =
                  () -> {
                    throw new AssertionError("looked at");
                  };
            });

    Map<String, List<String>> locks = new LinkedHashMap<>();
    trace.steps().forEach(step -> locks.put(step.text(), step.locks()));
    assertEquals(List.of(), locks.get("lock outer"));
    assertEquals(List.of("outer"), locks.get("lock inner"));
    assertEquals(List.of("outer", "inner"), locks.get("step both"));
    assertEquals(List.of("outer"), locks.get("unlock inner"));
    assertEquals(List.of("outer"), locks.get("step one"));
    assertEquals(List.of(), locks.get("unlock outer"));
    assertEquals(List.of(), locks.get("step none"));
    assertEquals(List.of("looked at", "  seen after the last step"), FindingText.lines(trace));
  }

  @Test
  void failureOfAnActor_isAtItsLastStep() throws InterruptedException {
    ScheduleTrace trace =
        traceOfFailure(
            cast -> {
              int[] seen = {0};
              cast.actors.put(
                  "writer",
                  () -> {
                    Schedule.point(PointKind.WRITE, "word");
                    seen[0] = 1;
                  });
              cast.actors.put(
                  "reader",
                  () -> {
                    Schedule.point(PointKind.READ, "word");
                    if (seen[0] == 1) {
                      throw new AssertionError("saw it");
                    }
                  });
            });

    ScheduleTrace.Finding finding = trace.finding().orElseThrow();
    assertEquals(ScheduleTrace.Kind.FAILED, finding.kind());
    assertEquals("reader", finding.by());
    assertEquals("  reported in step 2, of reader", FindingText.lines(trace).get(1));
  }

  @Test
  void lockOrder_isReportedWhereTheLockIsTaken() throws InterruptedException {
    ScheduleTrace trace =
        traceOfFailure(
            cast -> {
              Mutex outer = mutex("outer", 1);
              Mutex inner = mutex("inner", 2);
              cast.actors.put("wrong", () -> inside(inner, () -> inside(outer, () -> {})));
            });

    ScheduleTrace.Finding finding = trace.finding().orElseThrow();
    assertEquals(ScheduleTrace.Kind.BROKEN_RULE, finding.kind());
    assertEquals("wrong", finding.by());
    // Lockdep looks before the lock is waited for, so it is the step before.
    assertEquals("lock inner", trace.steps().get(finding.step().getAsInt() - 1).text());
  }

  @Test
  void listener_isToldEachStepOnItsActorsThread() throws InterruptedException {
    Experiment experiment =
        () -> {
          Cast cast = new Cast();
          cast.actors.put("left", () -> Schedule.point(PointKind.STEP, "l"));
          cast.actors.put("right", () -> Schedule.point(PointKind.STEP, "r"));
          return cast;
        };
    List<String> told = new ArrayList<>();

    ScheduleTrace trace =
        ScheduleTrace.of(
            experiment,
            List.of(1, 1),
            (actor, step) ->
                told.add(actor + " " + step.text() + " on " + Thread.currentThread().getName()));

    assertEquals(List.of("right step r on right", "left step l on left"), told);
    assertEquals(Optional.empty(), trace.finding());
    assertEquals(2, trace.steps().size());
  }

  @Test
  void digest_isOfActorsAndKinds() throws InterruptedException {
    int left = digestOf(PointKind.READ, "one");

    assertEquals(left, digestOf(PointKind.READ, "another name"));
    assertFalse(left == digestOf(PointKind.WRITE, "one"));
  }

  private static int digestOf(PointKind kind, String subject) throws InterruptedException {
    Experiment experiment =
        () -> {
          Cast cast = new Cast();
          cast.actors.put("only", () -> Schedule.point(kind, subject));
          return cast;
        };
    return ScheduleTrace.of(experiment, List.of()).digest(1);
  }
}
