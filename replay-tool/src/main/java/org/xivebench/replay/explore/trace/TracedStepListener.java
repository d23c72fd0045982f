package org.xivebench.replay.explore.trace;

/** Is told each step of a schedule before it is taken, on the thread of the actor that takes it. */
@FunctionalInterface
public interface TracedStepListener {
  /**
   * A step is about to be taken.
   *
   * @param actor name of who takes it
   */
  void beforeStep(String actor, TracedStep step);
}
