package org.xivebench.replay.explore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Scheduler;

/**
 * Runs the actors of one schedule, one at a time, each on a thread of its own that is parked while
 * it is not its turn. A switch is one direct hand-off; a point at which the same actor goes on
 * costs no switch.
 *
 * <p>All state is touched by the actor whose turn it is; {@link #turn} hands it over.
 */
final class TurnScheduler implements Scheduler {
  private static final int NOBODY = -1;

  private final Strategy strategy;
  private final int mostSteps;
  private final List<Actor> actors = new ArrayList<>();
  private final List<ScheduleStep> steps = new ArrayList<>();
  private final List<Integer> choices = new ArrayList<>();
  private final Thread starter = Thread.currentThread();
  private volatile int turn = NOBODY;
  private volatile boolean over;
  private String deadlock;
  private boolean tooLong;

  /** Unwinds an actor whose run is over. No stack: it is control flow. */
  private static final class Abandoned extends Error {
    private static final long serialVersionUID = 1L;

    Abandoned() {
      super("the run is over", null, false, false);
    }
  }

  /** One thread of the scenario. */
  private final class Actor extends Thread {
    private final int index;
    private final Runnable body;
    private BooleanSupplier until = () -> true;
    private Object waitsOn = "start";
    private boolean done;
    private Throwable failure;

    Actor(int index, String name, Runnable body) {
      super(name);
      this.index = index;
      this.body = body;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        waitForTurn(this);
        body.run();
      } catch (Abandoned end) {
        // The run is over; this actor has nothing more to say.
      } catch (Throwable failed) {
        if (!over) { // else it comes from unwinding in the middle of something
          failure = failed;
          over = true;
        }
      }
      done = true;
      if (over) {
        LockSupport.unpark(starter);
        wakeEverybody();
      } else {
        passOn(index);
      }
    }
  }

  /**
   * @param strategy chooses
   * @param mostSteps a schedule that is longer is given up: somebody waits in a loop for ever
   */
  TurnScheduler(Strategy strategy, int mostSteps) {
    this.strategy = strategy;
    this.mostSteps = mostSteps;
  }

  /** Adds an actor. Not after {@link #run}. */
  void add(String name, Runnable body) {
    actors.add(new Actor(actors.size(), name, body));
  }

  /** Runs everybody to the end, or to the first failure. Returns what it was, or null. */
  Throwable run() throws InterruptedException {
    actors.forEach(Thread::start);
    passOn(NOBODY);
    while (!isOver()) {
      LockSupport.park(this);
    }
    over = true;
    wakeEverybody();
    for (Actor actor : actors) {
      actor.join();
    }
    for (Actor actor : actors) {
      if (actor.failure != null) {
        return actor.failure;
      }
    }
    if (deadlock != null) {
      return new StuckException(deadlock);
    }
    return tooLong ? new StuckException("no end after " + mostSteps + " steps") : null;
  }

  private boolean isOver() {
    return over;
  }

  private void wakeEverybody() {
    actors.forEach(LockSupport::unpark);
  }

  /** Returns what was done, in order. */
  List<ScheduleStep> steps() {
    return steps;
  }

  /** Returns the names of the actors. */
  List<String> actorNames() {
    return actors.stream().map(Thread::getName).toList();
  }

  /** Returns the choices by which {@link FixedSchedule} runs the same again. */
  List<Integer> choices() {
    return choices;
  }

  @Override
  public boolean controlsCurrentThread() {
    return Thread.currentThread() instanceof Actor;
  }

  @Override
  public void point(PointKind kind, Object subject) {
    await(() -> true, kind, subject);
  }

  @Override
  public void await(BooleanSupplier until, PointKind kind, Object subject) {
    Actor self = (Actor) Thread.currentThread();
    if (over) {
      throw new Abandoned();
    }
    self.until = until;
    self.waitsOn = subject;
    if (steps.size() >= mostSteps) {
      tooLong = true;
      giveUp();
      throw new Abandoned();
    }
    int next = pick(self.index);
    if (next != self.index) {
      handTo(next);
      waitForTurn(self);
    }
    steps.add(new ScheduleStep(self.index, kind, subject.toString()));
  }

  private void passOn(int from) {
    int next = pick(from);
    if (next == NOBODY) {
      giveUp();
    } else {
      handTo(next);
    }
  }

  private void giveUp() {
    over = true;
    LockSupport.unpark(starter);
    wakeEverybody();
  }

  /** Chooses among those who can go on. NOBODY when all have ended, or are stuck. */
  private int pick(int from) {
    int enabled = 0;
    boolean allDone = true;
    for (Actor actor : actors) {
      if (!actor.done) {
        allDone = false;
        if (actor.until.getAsBoolean()) {
          enabled |= 1 << actor.index;
        }
      }
    }
    if (enabled == 0) {
      if (!allDone) {
        deadlock = describeWaiters();
      }
      return NOBODY;
    }
    int next = strategy.choose(enabled, from);
    if (Integer.bitCount(enabled) > 1) {
      choices.add(next);
    }
    return next;
  }

  private String describeWaiters() {
    List<String> waiting = new ArrayList<>();
    for (Actor actor : actors) {
      if (!actor.done) {
        waiting.add(actor.getName() + " waits for " + actor.waitsOn);
      }
    }
    return String.join(", ", waiting);
  }

  private void handTo(int next) {
    if (next == NOBODY) {
      giveUp();
      return;
    }
    turn = next;
    LockSupport.unpark(actors.get(next));
  }

  private void waitForTurn(Actor self) {
    while (turn != self.index && !over) {
      LockSupport.park(this);
    }
    if (over) {
      throw new Abandoned();
    }
  }
}
