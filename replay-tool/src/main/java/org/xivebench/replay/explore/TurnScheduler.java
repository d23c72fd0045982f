package org.xivebench.replay.explore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Scheduler;
import org.xivebench.sync.TaskLocal;

/**
 * Runs the actors of one schedule after the other, one actor at a time, on threads that it keeps. A
 * thread that is not its turn is parked; a switch is one direct hand-off from actor to actor. A
 * point at which the same actor goes on costs no switch, and nothing is made into text before
 * somebody asks.
 *
 * <p>All state is touched by the thread whose turn it is; {@link #turn} hands it over.
 */
final class TurnScheduler implements Scheduler, AutoCloseable {
  /** The turn of the thread that called {@link #run}. */
  private static final int STARTER = -1;

  private static final int CLOSED = -2;

  /** Who can go on is a bit each. */
  private static final int MOST_ACTORS = Integer.SIZE;

  private final Crew crew;
  private final int mostSteps;
  private final StepListener listener;
  private final AccessHistory history = new AccessHistory();

  /** One per actor of the largest run so far. */
  private Worker[] workers = {};

  // ---- this run
  private Strategy strategy;
  private int actorCount;
  private Thread starter;
  private volatile int turn = STARTER;
  private Thread running;
  private int current = STARTER;
  private boolean over;
  private boolean cut;
  private boolean evaluating;
  private StuckException stuck;
  private Throwable failure;
  private long signature;

  private int stepCount;
  private int choiceCount;
  private byte[] choices = new byte[256];

  // ---- the last run that was not cut
  private int keptCount;
  private byte[] kept = new byte[256];

  /** Unwinds an actor whose run is over. No stack: it is control flow. */
  private static final class Abandoned extends Error {
    private static final long serialVersionUID = 1L;

    Abandoned() {
      super("the run is over", null, false, false);
    }
  }

  /** A thread, and the actor that it plays in this run. */
  private final class Worker implements Runnable {
    final int index;
    final Thread thread;
    String name = "";
    Runnable body;

    /** What it waits for; null if it can go on. */
    BooleanSupplier until;

    Object waitsOn;
    boolean begun;
    boolean done;
    long lastEvent;
    final Object[] locals = new Object[8];
    int localCount;

    Worker(int index) {
      this.index = index;
      this.thread = crew.newThread(this);
    }

    void assign(String newName, Runnable newBody) {
      if (!name.equals(newName)) {
        name = newName;
        thread.setName(newName);
      }
      body = newBody;
      until = null;
      waitsOn = "start";
      begun = false;
      done = false;
      lastEvent = AccessHistory.mix(index + 1);
      Arrays.fill(locals, 0, localCount, null);
      localCount = 0;
    }

    @Override
    public void run() {
      while (parkUntilTurn()) {
        begun = true;
        if (!over) {
          signature += lastEvent;
          play();
        }
        done = true;
        body = null;
        handToNextAfterMe();
      }
    }

    private void play() {
      try {
        body.run();
      } catch (Abandoned end) {
        // The run is over; this actor has nothing more to say.
      } catch (Throwable failed) {
        if (!over) { // else it comes from unwinding in the middle of something
          failure = failed;
          over = true;
        }
      }
    }

    /** Returns false when there will be no turn any more. */
    boolean parkUntilTurn() {
      int now;
      while ((now = turn) != index) {
        if (now == CLOSED) {
          return false;
        }
        LockSupport.park(TurnScheduler.this);
      }
      running = thread;
      current = index;
      return true;
    }

    private void handToNextAfterMe() {
      if (!over) {
        int next = pick(index);
        if (next >= 0) {
          handTo(next);
          return;
        }
        over = true;
      }
      unwindNext();
    }
  }

  /**
   * @param crew what the actors run on
   * @param mostSteps a schedule that is longer is given up: somebody waits in a loop for ever
   */
  TurnScheduler(Crew crew, int mostSteps) {
    this(crew, mostSteps, null);
  }

  /** With a listener that is told each step; null for none. */
  TurnScheduler(Crew crew, int mostSteps, StepListener listener) {
    this.crew = crew;
    this.mostSteps = mostSteps;
    this.listener = listener;
  }

  /**
   * Runs all actors to the end, or to the first failure, or until the strategy cuts the run.
   *
   * @param chooser chooses
   * @param actors by name, 32 at most
   * @return what failed, or null
   */
  Throwable run(Strategy chooser, Map<String, Runnable> actors) {
    if (actors.size() > MOST_ACTORS) {
      throw new IllegalArgumentException(actors.size() + " actors");
    }
    strategy = chooser;
    starter = Thread.currentThread();
    history.clear();
    signature = 0;
    stepCount = 0;
    choiceCount = 0;
    over = false;
    cut = false;
    stuck = null;
    failure = null;
    actorCount = 0;
    for (Map.Entry<String, Runnable> actor : actors.entrySet()) {
      if (actorCount == workers.length) {
        Worker fresh = new Worker(actorCount);
        workers = Arrays.copyOf(workers, actorCount + 1);
        workers[actorCount] = fresh;
        fresh.thread.start();
      }
      workers[actorCount++].assign(actor.getKey(), actor.getValue());
    }
    int first = pick(STARTER);
    if (first >= 0) {
      handTo(first);
      while (turn != STARTER) {
        LockSupport.park(this);
      }
    }
    running = null;
    current = STARTER;
    if (!cut) {
      keepChoices();
    }
    if (failure == null) {
      failure = stuck;
    }
    return failure;
  }

  // ---- what the last run was

  /** Returns whether the strategy cut it. */
  boolean wasCut() {
    return cut;
  }

  /** Returns its signature: equal for runs that differ in the order of independent steps only. */
  long signature() {
    return signature;
  }

  /** Returns the choices by which {@link FixedSchedule} runs the last uncut run again. */
  List<Integer> choices() {
    List<Integer> made = new ArrayList<>(keptCount);
    for (int at = 0; at < keptCount; at++) {
      made.add((int) kept[at]);
    }
    return made;
  }

  private void keepChoices() {
    byte[] free = kept;
    kept = choices;
    keptCount = choiceCount;
    choices = free;
  }

  // ---- the seam

  @Override
  public boolean controlsCurrentThread() {
    return Thread.currentThread() == running;
  }

  @Override
  public boolean isUnwinding() {
    return over;
  }

  @Override
  public void point(PointKind kind, Object subject) {
    step(null, kind, subject);
  }

  @Override
  public void await(BooleanSupplier until, PointKind kind, Object subject) {
    step(until, kind, subject);
  }

  private void step(BooleanSupplier until, PointKind kind, Object subject) {
    if (evaluating) {
      return; // a condition looks at what points guard
    }
    Worker self = workers[current];
    if (over) {
      throw new Abandoned();
    }
    self.until = until;
    self.waitsOn = subject;
    if (stepCount >= mostSteps) {
      stuck = stuck("no end after " + mostSteps + " steps: ");
      over = true;
      throw new Abandoned();
    }
    int next = pick(self.index);
    if (next != self.index) {
      if (next < 0) {
        over = true;
        throw new Abandoned();
      }
      handTo(next);
      boolean unusedOpen = self.parkUntilTurn();
      if (over) {
        throw new Abandoned();
      }
    }
    self.until = null;
    record(self, kind, subject);
  }

  private void record(Worker self, PointKind kind, Object subject) {
    if (listener != null) {
      evaluating = true; // what the listener asks of the product's objects is no step
      listener.step(stepCount + 1, self.index, kind, subject);
      evaluating = false;
    }
    stepCount++;
    note(self, !kind.onlyReads(), subject);
  }

  @Override
  public void access(boolean write, Object subject) {
    if (!evaluating && !over) {
      note(workers[current], write, subject);
    }
  }

  /** A constant has no state: two steps that only name one are independent. */
  private void note(Worker self, boolean write, Object subject) {
    long event =
        subject instanceof Enum<?>
            ? AccessHistory.mix(self.lastEvent)
            : history.access(write, subject, self.lastEvent);
    self.lastEvent = event;
    signature += event;
  }

  @Override
  @SuppressWarnings("unchecked") // the value was made by this key's own initial
  public <T> T local(TaskLocal<T> key, Supplier<T> initial) {
    Worker self = workers[current];
    for (int at = 0; at < self.localCount; at += 2) {
      if (self.locals[at] == key) {
        return (T) self.locals[at + 1];
      }
    }
    T value = initial.get();
    self.locals[self.localCount] = key;
    self.locals[self.localCount + 1] = value;
    self.localCount += 2;
    return value;
  }

  // ---- whose turn it is

  /** Chooses among those who can go on. Negative when there is none, or the run is cut. */
  private int pick(int from) {
    int enabled = 0;
    int waiting = 0;
    evaluating = true;
    for (int at = 0; at < actorCount; at++) {
      Worker worker = workers[at];
      if (!worker.done) {
        if (worker.until == null || worker.until.getAsBoolean()) {
          enabled |= 1 << at;
        } else {
          waiting++;
        }
      }
    }
    evaluating = false;
    if (enabled == 0) {
      if (waiting > 0) {
        stuck = stuck("");
      }
      return STARTER;
    }
    if ((enabled & enabled - 1) == 0) {
      return Integer.numberOfTrailingZeros(enabled);
    }
    int next = strategy.choose(enabled, from, signature);
    if (next < 0) {
      cut = true;
      return STARTER;
    }
    if (choiceCount == choices.length) {
      choices = Arrays.copyOf(choices, 2 * choiceCount);
    }
    choices[choiceCount++] = (byte) next;
    return next;
  }

  /** Says who waits for what. */
  private StuckException stuck(String why) {
    List<StuckException.Waiter> waiters = new ArrayList<>();
    for (Worker worker : Arrays.asList(workers).subList(0, actorCount)) {
      if (!worker.done) {
        waiters.add(
            new StuckException.Waiter(
                worker.index, worker.name, worker.waitsOn, holderOf(worker.waitsOn)));
      }
    }
    return new StuckException(why, waiters);
  }

  private int holderOf(Object object) {
    Thread owner = object instanceof Mutex lock ? lock.owner() : null;
    for (Worker worker : Arrays.asList(workers).subList(0, actorCount)) {
      if (worker.thread == owner) {
        return worker.index;
      }
    }
    return -1;
  }

  private void handTo(int next) {
    turn = next;
    LockSupport.unpark(workers[next].thread);
  }

  /** The run is over: whoever is in the middle of something unwinds, one after the other. */
  private void unwindNext() {
    for (int at = 0; at < actorCount; at++) {
      Worker worker = workers[at];
      if (worker.begun && !worker.done) {
        handTo(at);
        return;
      }
    }
    turn = STARTER;
    LockSupport.unpark(starter);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    turn = CLOSED;
    for (Worker worker : workers) {
      LockSupport.unpark(worker.thread);
    }
  }
}
