package org.xivebench.sync;

import java.util.function.Supplier;

/**
 * A value of the running task: of the thread in a normal run, of the actor in an explored one,
 * where a thread plays many actors one after the other and may leave each in the middle.
 *
 * @param <T> what it is
 */
public final class TaskLocal<T> {
  private final Supplier<T> initial;
  private final ThreadLocal<T> ofThread;

  /**
   * @param initial makes the value when it is first asked for
   */
  public TaskLocal(Supplier<T> initial) {
    this.initial = initial;
    this.ofThread = ThreadLocal.withInitial(initial);
  }

  /** Returns the value of the calling task. */
  public T get() {
    Scheduler scheduler = Schedule.ofCurrentThread();
    return scheduler != null ? scheduler.local(this, initial) : ofThread.get();
  }
}
