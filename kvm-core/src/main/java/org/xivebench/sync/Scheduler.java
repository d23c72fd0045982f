package org.xivebench.sync;

import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Decides who runs next among the threads that it controls (its actors). It is installed by an
 * explorer with {@link Schedule#install}; the primitives of this package then call it instead of
 * {@code java.util.concurrent}.
 *
 * <p>At most one actor runs at a time, so the primitives may keep their explored state in plain
 * fields.
 */
public interface Scheduler {

  /** Returns whether the calling thread is one of the actors; all other threads run unscheduled. */
  boolean controlsCurrentThread();

  /**
   * The calling actor is about to take a step; another may go first. Returns when it is the
   * caller's turn.
   *
   * @param kind what it is about to do
   * @param subject the object concerned; named in schedules by its {@code toString}, compared by
   *     identity
   */
  void point(PointKind kind, Object subject);

  /**
   * The calling actor cannot go on before {@code until} holds. Returns when it holds and it is the
   * caller's turn; no other actor runs between the two. The condition must be free of side effects;
   * it is evaluated by any thread.
   *
   * @param until the condition
   * @param kind what the actor waits for
   * @param subject the object concerned
   */
  void await(BooleanSupplier until, PointKind kind, Object subject);

  /**
   * The step under way also accesses something: a dependence, not a place to switch.
   *
   * @param write whether it may change it
   */
  void access(boolean write, Object subject);

  /**
   * Returns a value of the calling actor, which lives as long as the explored run.
   *
   * @param key which value
   * @param initial makes it at the first call
   */
  <T> T local(TaskLocal<T> key, Supplier<T> initial);

  /**
   * Returns whether the run is over, and the calling thread only unwinds: what it still does on its
   * way out, it would not have done in a run of its own.
   */
  default boolean isUnwinding() {
    return false;
  }
}
