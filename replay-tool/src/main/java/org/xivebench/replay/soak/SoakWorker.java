package org.xivebench.replay.soak;

import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.sync.UseAfterFree;

/** Takes one path until it is told to end. A subclass with a run() of its own, as tools want it. */
final class SoakWorker extends Thread {
  private final SoakPath path;
  private final SplittableRandom random;
  private final SoakFindings findings;
  private volatile boolean ending;

  /** Odd while a step is taken. Written by this thread only. */
  private volatile long turns;

  // The watcher's.
  private long seenTurns;
  private long quietNanos;

  SoakWorker(SoakPath path, long seed, SoakFindings findings) {
    super("soak " + path.name());
    this.path = path;
    this.random = new SplittableRandom(seed);
    this.findings = findings;
    setDaemon(true);
  }

  @Override
  public void run() {
    while (!ending) {
      begin();
      try {
        path.step().take(random);
      } catch (ErrnoException e) {
        // An answer, not a finding: nothing is there, or it is refused.
      } catch (UseAfterFree e) {
        return; // the report has been kept
      } catch (SwapException | RuntimeException | AssertionError e) {
        findings.problem(path.name() + ": " + describe(e));
        return;
      } finally {
        begin();
      }
      LockSupport.parkNanos(1 + random.nextLong(path.pauseNanos()));
    }
  }

  static String describe(Throwable e) {
    return e instanceof SwapException
        ? e.getMessage()
        : e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private void begin() {
    long next = turns + 1;
    turns = next;
  }

  /** Returns how many steps were taken. */
  long steps() {
    return turns / 2;
  }

  String pathName() {
    return path.name();
  }

  void end() {
    ending = true;
    LockSupport.unpark(this);
  }

  /**
   * Looks whether it gets on; for the one watcher.
   *
   * @param lookNanos since the last look; what counts of a look is bounded by the caller
   * @return how long the present step has taken
   */
  long quietNanos(long lookNanos) {
    long now = turns;
    boolean inStep = (now & 1) == 1;
    quietNanos = inStep && now == seenTurns ? quietNanos + lookNanos : 0;
    seenTurns = now;
    return quietNanos;
  }
}
