package org.xivebench.replay.explore;

import java.util.Map;

/** A few actors around state of their own, made anew for each schedule. */
@FunctionalInterface
public interface Experiment {

  /** Makes fresh state and the actors that work on it. Not scheduled. */
  Run prepare();

  /** One schedule's worth of an experiment. */
  interface Run {

    /** Returns the actors, by name, in the order of their columns. */
    Map<String, Runnable> actors();

    /**
     * Checks what must hold when all actors have ended. Not scheduled.
     *
     * @throws RuntimeException or {@link AssertionError} that says what does not
     */
    void check();
  }
}
