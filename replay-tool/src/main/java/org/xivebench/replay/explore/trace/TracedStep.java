package org.xivebench.replay.explore.trace;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.sync.PointKind;

/**
 * One step of a schedule.
 *
 * @param number its place, from 1
 * @param actor index of who takes it
 * @param kind what is done
 * @param object the object concerned, by name
 * @param locks what the actor holds when it takes the step, outermost first: a lock that it takes
 *     is not among them yet, one that it gives back not any more
 * @param path by which the actor has come into the controller; empty outside of one, and in a
 *     release
 */
public record TracedStep(
    int number, int actor, PointKind kind, String object, List<String> locks, Optional<Path> path) {

  /** Returns what is done in a word, such as {@code lock}. */
  public String operation() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  /** Returns what is done to what. */
  public String text() {
    return operation() + " " + object;
  }
}
