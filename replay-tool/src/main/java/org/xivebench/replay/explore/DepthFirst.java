package org.xivebench.replay.explore;

import java.util.ArrayList;
import java.util.List;

/**
 * Every schedule with at most so many preemptions, each once. A preemption is a switch away from an
 * actor that could have gone on; a switch away from one that cannot costs nothing, and all its
 * alternatives are tried. Without reduction: two schedules that differ only in the order of
 * independent steps are both run.
 */
public final class DepthFirst implements Strategy {
  private final int bound;

  /** The choices of the last run, and of the next one up to {@link #prefix}. */
  private final List<Choice> path = new ArrayList<>();

  private int prefix;
  private int depth;
  private int preemptions;
  private boolean started;
  private boolean complete;

  /** A choice: what is left to try there. */
  private static final class Choice {
    int actor;
    int untried;
    final int current;
    final boolean currentEnabled;

    Choice(int actor, int untried, int current, boolean currentEnabled) {
      this.actor = actor;
      this.untried = untried;
      this.current = current;
      this.currentEnabled = currentEnabled;
    }

    int cost() {
      return currentEnabled && actor != current ? 1 : 0;
    }
  }

  /**
   * @param bound most preemptions in a schedule, 0 or more
   */
  public DepthFirst(int bound) {
    this.bound = bound;
  }

  @Override
  public boolean nextRun() {
    if (started && !backtrack()) {
      complete = true;
      return false;
    }
    started = true;
    depth = 0;
    preemptions = 0;
    return true;
  }

  /** Takes the last choice that has an alternative left; false when there is none. */
  private boolean backtrack() {
    while (!path.isEmpty()) {
      Choice last = path.get(path.size() - 1);
      if (last.untried != 0) {
        last.actor = Integer.numberOfTrailingZeros(last.untried);
        last.untried &= last.untried - 1;
        prefix = path.size();
        return true;
      }
      path.remove(path.size() - 1);
    }
    return false;
  }

  @Override
  public int choose(int enabled, int current) {
    boolean currentEnabled = current >= 0 && (enabled & 1 << current) != 0;
    if (Integer.bitCount(enabled) == 1) {
      return Integer.numberOfTrailingZeros(enabled);
    }
    if (depth < prefix) {
      Choice forced = path.get(depth++);
      preemptions += forced.cost();
      return forced.actor;
    }
    int first = currentEnabled ? current : Integer.numberOfTrailingZeros(enabled);
    boolean mayPreempt = !currentEnabled || preemptions < bound;
    int untried = mayPreempt ? enabled & ~(1 << first) : 0;
    path.add(new Choice(first, untried, current, currentEnabled));
    depth++;
    prefix = depth;
    return first;
  }

  @Override
  public boolean isComplete() {
    return complete;
  }
}
