package org.xivebench.sync;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Read sections that a writer can wait for: what the kernel's SRCU is to its callers. Readers never
 * wait; {@link #synchronize} returns when every section that was open at its start has been left.
 * Sections may be open for long, nest, and be left by another thread than entered them.
 *
 * <p>Two counters, of which new readers use one while the writer drains the other; the writer
 * drains both in turn, so that a reader that read the index just before the flip is waited for too.
 */
public final class ReadSections {
  private static final LockClass SYNCHRONIZE = LockClass.of("synchronize", 1000);

  private final String name;
  private final AtomicIntegerArray open = new AtomicIntegerArray(2);
  private volatile int current;
  private final WaitQueue drained;

  /** One {@link #synchronize} at a time. A leaf. */
  private final Mutex writers;

  /**
   * @param name how schedules name these sections
   */
  public ReadSections(String name) {
    this(name, new WaitQueue(name + " readers"));
  }

  /** With a queue of a test's own. */
  ReadSections(String name, WaitQueue drained) {
    this.name = name;
    this.drained = drained;
    this.writers = new Mutex(SYNCHRONIZE, name + " synchronize");
  }

  /**
   * Enters a section.
   *
   * @return what {@link #exit} wants to have
   */
  public int enter() {
    Schedule.point(PointKind.SECTION, this);
    int index = current;
    Schedule.point(PointKind.SECTION, this);
    open.incrementAndGet(index);
    return index;
  }

  /**
   * Leaves a section.
   *
   * @param index what {@link #enter} returned
   */
  public void exit(int index) {
    Schedule.point(PointKind.SECTION, this);
    int left = open.decrementAndGet(index);
    if (left < 0) {
      throw new AssertionError(name + ": a section was left twice");
    }
    if (left == 0 && current != index) {
      drained.wakeAll();
    }
  }

  /**
   * Waits until every section that is open now has been left. Must not be called from inside one.
   */
  public void synchronize() {
    boolean done = synchronize(Long.MAX_VALUE);
    assert done;
  }

  /**
   * The same, unless that takes too long.
   *
   * @return whether every section that was open has been left
   */
  public boolean synchronize(long timeoutNanos) {
    writers.lock();
    try {
      for (int turn = 0; turn < 2; turn++) {
        Schedule.writes(this);
        int old = current;
        current = 1 - old;
        if (!drained.awaitNanos(() -> isDrained(old), timeoutNanos)) {
          return false;
        }
      }
      return true;
    } finally {
      writers.unlock();
    }
  }

  private boolean isDrained(int index) {
    Schedule.reads(this);
    return open.get(index) == 0;
  }

  @Override
  public String toString() {
    return name;
  }
}
