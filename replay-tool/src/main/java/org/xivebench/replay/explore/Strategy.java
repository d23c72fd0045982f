package org.xivebench.replay.explore;

/**
 * Chooses who goes next, over many runs of one scenario. Deterministic: the same answers give the
 * same runs.
 */
public interface Strategy {

  /** Begins the next run. Returns false when there is none left. */
  boolean nextRun();

  /**
   * Chooses.
   *
   * @param enabled bit i is set when actor i can go on; not 0
   * @param current who went last, or -1 at the start
   * @return an enabled actor
   */
  int choose(int enabled, int current);

  /** Returns whether the runs so far are all that there are within the strategy's bound. */
  boolean isComplete();
}
