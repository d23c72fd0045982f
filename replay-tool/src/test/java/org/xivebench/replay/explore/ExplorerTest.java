package org.xivebench.replay.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.sync.LockClass;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.WaitQueue;

@Timeout(60)
class ExplorerTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  /** Two threads that each read, then write back one more; with a lock around it or without. */
  private static Experiment counter(boolean locked) {
    return experiment(
        run -> {
          int[] count = {0};
          Mutex lock = new Mutex(LockClass.of("counter", 1), "counter");
          Runnable increment =
              () -> {
                if (locked) {
                  lock.lock();
                }
                Schedule.point(PointKind.READ, "count");
                int read = count[0];
                Schedule.point(PointKind.WRITE, "count");
                count[0] = read + 1;
                if (locked) {
                  lock.unlock();
                }
              };
          run.actors.put("left", increment);
          run.actors.put("right", increment);
          run.check =
              () -> {
                if (count[0] != 2) {
                  throw new AssertionError("counted " + count[0]);
                }
              };
        });
  }

  @Test
  void lostUpdate_isFoundWithOnePreemption() throws InterruptedException {
    Explorer.Outcome outcome = new Explorer(counter(false), new DepthFirst(1), LONG).explore();

    assertEquals("counted 1", outcome.failure().orElseThrow().what().getMessage());
  }

  @Test
  void lostUpdate_needsAPreemption() throws InterruptedException {
    Explorer.Outcome outcome = new Explorer(counter(false), new DepthFirst(0), LONG).explore();

    assertTrue(outcome.failure().isEmpty());
    assertTrue(outcome.complete());
    assertEquals(2, outcome.schedules());
  }

  @Test
  void lockedCounter_isCompleteWithoutFailure() throws InterruptedException {
    Explorer.Outcome outcome = new Explorer(counter(true), new DepthFirst(3), LONG).explore();

    assertTrue(outcome.failure().isEmpty());
    assertTrue(outcome.complete());
  }

  @Test
  void failure_runAgainByItsChoices_isTheSame() throws InterruptedException {
    Failure first =
        new Explorer(counter(false), new RandomWalk(42, 1000), LONG)
            .explore()
            .failure()
            .orElseThrow();

    FixedSchedule schedule = new FixedSchedule(first.choices());
    Steps again = new Steps();
    Failure failure =
        Explorer.replaying(counter(false), schedule, again).explore().failure().orElseThrow();

    assertEquals("counted 1", failure.what().getMessage());
    assertEquals(first.choices(), failure.choices());
    assertEquals(Optional.empty(), schedule.misfit());
    assertFalse(schedule.ranOut());
    assertEquals(4, again.steps.size(), "two reads and two writes");
  }

  @Test
  void choiceOfWhoCannotGoOn_runsNothingElse() throws InterruptedException {
    FixedSchedule schedule = new FixedSchedule(List.of(0, 7));
    Steps steps = new Steps();

    Explorer.Outcome outcome = Explorer.replaying(counter(false), schedule, steps).explore();

    assertEquals(0, outcome.schedules());
    assertEquals(Optional.of("actor 8 cannot go on at decision 2"), schedule.misfit());
  }

  @Test
  void tooFewChoices_endTheRunWhereTheyEnd() throws InterruptedException {
    FixedSchedule schedule = new FixedSchedule(List.of(0));
    Steps steps = new Steps();

    Explorer.Outcome outcome = Explorer.replaying(counter(false), schedule, steps).explore();

    assertEquals(0, outcome.schedules());
    assertTrue(schedule.ranOut());
    assertEquals(Optional.empty(), schedule.misfit());
  }

  @Test
  void tooManyChoices_doNotFit() throws InterruptedException {
    List<Integer> choices = new Explorer(counter(true), new DepthFirst(0), LONG).explore().last();
    List<Integer> more = new ArrayList<>(choices);
    more.add(0);
    FixedSchedule schedule = new FixedSchedule(more);

    Explorer.Outcome outcome = Explorer.replaying(counter(true), schedule, new Steps()).explore();

    assertEquals(1, outcome.schedules());
    assertTrue(schedule.misfit().isPresent());
  }

  @Test
  void limitOfSchedules_isKept() throws InterruptedException {
    Explorer.Outcome outcome =
        new Explorer(counter(true), new DepthFirst(3), LONG).atMost(2).explore();

    assertEquals(2, outcome.schedules());
    assertFalse(outcome.complete());
  }

  @Test
  void stop_endsTheSearchWithWhatThereIs() throws InterruptedException {
    int[] told = {0};
    Explorer.Outcome outcome =
        new Explorer(counter(true), new DepthFirst(3), LONG)
            .telling((done, total) -> told[0]++)
            .stoppingWhen(() -> told[0] == 3)
            .explore();

    assertEquals(3, outcome.schedules() + outcome.cut());
    assertFalse(outcome.complete());
  }

  private static final class Steps implements StepListener {
    final List<PointKind> steps = new ArrayList<>();

    @Override
    public void step(int number, int actor, PointKind kind, Object subject) {
      steps.add(kind);
    }

    @Override
    public void ended(Throwable failure) {}
  }

  @Test
  void locksInBothOrders_areFoundToDeadlock() throws InterruptedException {
    Experiment experiment =
        experiment(
            run -> {
              Mutex a = new Mutex(new LockClass("a", 1, true), "a");
              Mutex b = new Mutex(new LockClass("b", 1, true), "b");
              run.actors.put("ab", () -> nest(a, b));
              run.actors.put("ba", () -> nest(b, a));
            });

    Failure failure =
        new Explorer(experiment, new DepthFirst(1), LONG).explore().failure().orElseThrow();

    assertInstanceOf(StuckException.class, failure.what());
    assertEquals("ab waits for b, ba waits for a", failure.what().getMessage());
  }

  @Test
  void forgottenWakeUp_isFoundAsAThreadThatWaitsForEver() throws InterruptedException {
    assertTrue(sleeper(false).failure().isPresent());
    Explorer.Outcome woken = sleeper(true);
    assertFalse(woken.failure().isPresent());
    assertTrue(woken.complete());
  }

  private static Explorer.Outcome sleeper(boolean wakes) throws InterruptedException {
    Experiment experiment =
        experiment(
            run -> {
              boolean[] ready = {false};
              WaitQueue queue = new WaitQueue("queue");
              run.actors.put("sleeper", () -> queue.await(() -> ready[0]));
              run.actors.put(
                  "waker",
                  () -> {
                    ready[0] = true;
                    if (wakes) {
                      queue.wakeAll();
                    }
                  });
            });
    return new Explorer(experiment, new DepthFirst(2), LONG).explore();
  }

  private static void nest(Mutex outer, Mutex inner) {
    outer.lock();
    inner.lock();
    inner.unlock();
    outer.unlock();
  }

  private static Experiment experiment(Consumer<TestRun> fill) {
    return () -> {
      TestRun run = new TestRun();
      fill.accept(run);
      return run;
    };
  }

  private static final class TestRun implements Experiment.Run {
    final Map<String, Runnable> actors = new LinkedHashMap<>();
    Runnable check = () -> {};

    @Override
    public Map<String, Runnable> actors() {
      return actors;
    }

    @Override
    public void check() {
      check.run();
    }
  }
}
