package org.xivebench.replay.explore;

/**
 * Chooses who goes next, over many runs of one experiment. Deterministic: the same answers give the
 * same runs.
 */
public interface Strategy {
  /** What {@link #choose} returns to give a run up: nothing new can come of it. */
  int CUT = -1;

  /** Begins the next run. Returns false when there is none left. */
  boolean nextRun();

  /**
   * Chooses. Asked only where more than one can go on.
   *
   * @param enabled bit i is set when actor i can go on; at least two are
   * @param current who went last, or -1 at the start
   * @param signature of the run so far: equal for orders of the same steps that differ only in
   *     independent ones
   * @return an enabled actor, or {@link #CUT}
   */
  int choose(int enabled, int current, long signature);

  /** Returns whether the runs so far are all that there are within the strategy's bound. */
  boolean isComplete();
}
