package org.xivebench.replay.explore;

import java.util.ArrayList;
import java.util.List;

/**
 * Every schedule with at most so many preemptions. A preemption is a switch away from an actor that
 * could have gone on; a switch away from one that cannot costs nothing, and all its alternatives
 * are tried.
 *
 * <p>With reduction a run is cut where it comes to a point that an earlier run has been at: the
 * same steps in an order that differs only in independent ones (the same <em>signature</em>), the
 * same actor about to go on, and no more preemptions left than the earlier run had.
 *
 * <p>Why this is sound under the bound: two orders of the same steps that differ only in
 * independent ones lead to the same state. What can follow from a point depends on nothing but the
 * state, on who is running (that decides what costs a preemption), and on how many preemptions are
 * left; with more left, more can follow. So whatever can follow from the later point can follow
 * from the earlier one, and has been run: the search is depth first, and a point with the same
 * steps is no ancestor of itself, so everything below the earlier point was done before the later
 * one is reached. Nothing is concluded about other orders, as sleep sets and partial-order
 * reduction do; those are unsound under a bound on preemptions unless they add branches, because
 * the order that stands for a class may need more preemptions than the others. (Musuvathi and
 * Qadeer, Partial-Order Reduction for Context-Bounded State Exploration, 2007; Coons, Musuvathi and
 * McKinley, Bounded Partial-Order Reduction, 2013.)
 *
 * <p>It rests on each step declaring all that it accesses: {@link org.xivebench.sync.Schedule}. And
 * on 64-bit hashes: among ten million points two collide with a chance of three in a million.
 */
public final class DepthFirst implements Strategy {
  /** Points that are remembered; beyond, the search is only slower. */
  private static final int MOST_POINTS = 1 << 24;

  private final int bound;
  private final boolean reduces;

  /** Per point: the most preemptions that were left there. */
  private final LongByteMap seen = new LongByteMap(MOST_POINTS);

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

  private DepthFirst(int bound, boolean reduces) {
    if (bound < 0 || bound > 100) {
      throw new IllegalArgumentException("bound " + bound);
    }
    this.bound = bound;
    this.reduces = reduces;
  }

  /**
   * @param bound most preemptions in a schedule, 0 to 100
   */
  public DepthFirst(int bound) {
    this(bound, true);
  }

  /**
   * Returns a search that runs every schedule, also those that differ in independent steps only.
   */
  public static DepthFirst plain(int bound) {
    return new DepthFirst(bound, false);
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
  public int choose(int enabled, int current, long signature) {
    boolean currentEnabled = current >= 0 && (enabled & 1 << current) != 0;
    int left = bound - preemptions;
    boolean branches = !currentEnabled || left > 0;
    if (depth < prefix) {
      if (!branches) {
        return current;
      }
      Choice forced = path.get(depth++);
      preemptions += forced.cost();
      return forced.actor;
    }
    if (reduces && isSeen(signature, currentEnabled ? current : -1, left, branches)) {
      return CUT;
    }
    int first = currentEnabled ? current : Integer.numberOfTrailingZeros(enabled);
    if (branches) {
      path.add(new Choice(first, enabled & ~(1 << first), current, currentEnabled));
      depth++;
      prefix = depth;
    }
    return first;
  }

  private boolean isSeen(long signature, int current, int left, boolean branches) {
    long key = AccessHistory.mix(signature + current);
    if (seen.get(key) >= left) {
      return true;
    }
    // Where nothing branches there is little to gain: one point in eight is remembered.
    if (branches || (key & 7) == 0) {
      boolean unusedNew = seen.put(key, left);
    }
    return false;
  }

  @Override
  public boolean isComplete() {
    return complete;
  }
}
