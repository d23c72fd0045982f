package org.xivebench.replay.explore;

import java.util.LinkedHashMap;
import java.util.Map;

/** A few actors around one machine, made anew for each schedule. */
public interface Scenario {

  /** Returns the name by which users choose it. */
  String name();

  /** Returns what it is about, in a line. */
  String description();

  /** Makes a fresh machine and the actors that run on it. Not scheduled. */
  Run prepare();

  /** One schedule's worth of a scenario. */
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

  /** Returns an empty, ordered map of actors. */
  static Map<String, Runnable> newActors() {
    return new LinkedHashMap<>();
  }
}
