package org.xivebench.replay.explore;

import org.xivebench.sync.PointKind;

/**
 * Is told each step of a schedule that is run again, on the thread of the actor that takes it, when
 * it is its turn and before it takes it. A breakpoint in an implementation stops there, with the
 * product's code on the stack.
 */
public interface StepListener {
  /**
   * A step is about to be taken.
   *
   * @param number of the step in its schedule, from 1
   * @param actor index of the actor
   * @param kind what it is about to do
   * @param subject the object concerned
   */
  void step(int number, int actor, PointKind kind, Object subject);

  /**
   * No step follows. What the run led to has not been looked at yet.
   *
   * @param failure what ended it early; null if all actors have ended
   */
  void ended(Throwable failure);
}
