package org.xivebench.replay.explore;

import java.util.SplittableRandom;

/**
 * Probabilistic concurrency testing: each run gives the actors random priorities, always lets the
 * highest one go, and at {@code depth - 1} random moments drops the one that is running below all
 * others. A failure that needs {@code depth} steps to fall in a certain order is found in a run
 * with a probability of at least 1 / (n · k^(depth-1)), for n actors and k choices.
 *
 * <p>How many choices a run has is taken from the longest so far. The seed gives the same runs
 * again.
 *
 * <p>Source: Burckhardt, Kothari, Musuvathi and Nagarakatte, A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs, 2010.
 */
public final class PriorityWalk implements Strategy {
  private static final int MOST_ACTORS = 32;

  private final long seed;
  private final long runs;
  private final int depth;
  private final int[] priorities = new int[MOST_ACTORS];
  private final int[] changeAt;
  private long run;
  private int longest = 1;
  private int choice;
  private int lowest;

  /**
   * @param seed of the first run; the following runs use the following numbers
   * @param runs how many
   * @param depth how many steps have to fall in a certain order, 1 or more
   */
  public PriorityWalk(long seed, long runs, int depth) {
    if (depth < 1) {
      throw new IllegalArgumentException("depth " + depth);
    }
    this.seed = seed;
    this.runs = runs;
    this.depth = depth;
    this.changeAt = new int[depth - 1];
  }

  @Override
  public boolean nextRun() {
    longest = Math.max(longest, choice);
    if (run == runs) {
      return false;
    }
    SplittableRandom random = new SplittableRandom(seed + run++);
    for (int at = 0; at < MOST_ACTORS; at++) {
      int other = random.nextInt(at + 1);
      priorities[at] = priorities[other];
      priorities[other] = depth + at;
    }
    for (int at = 0; at < changeAt.length; at++) {
      changeAt[at] = random.nextInt(longest);
    }
    choice = 0;
    lowest = depth - 1;
    return true;
  }

  @Override
  public int choose(int enabled, int current, long signature) {
    int highest = highestOf(enabled);
    for (int at : changeAt) {
      if (at == choice) {
        priorities[highest] = lowest--;
        highest = highestOf(enabled);
      }
    }
    choice++;
    return highest;
  }

  private int highestOf(int enabled) {
    int best = Integer.numberOfTrailingZeros(enabled);
    for (int left = enabled; left != 0; left &= left - 1) {
      int actor = Integer.numberOfTrailingZeros(left);
      if (priorities[actor] > priorities[best]) {
        best = actor;
      }
    }
    return best;
  }

  @Override
  public boolean isComplete() {
    return false;
  }
}
