package org.xivebench.replay.explore;

import java.util.SplittableRandom;

/**
 * So many schedules, each choice uniform among those who can go on; the seed gives the same ones
 * again.
 */
public final class RandomWalk implements Strategy {
  private final long seed;
  private final long runs;
  private long run;
  private SplittableRandom random;

  /**
   * @param seed of the first run; the following runs use the following numbers
   * @param runs how many
   */
  public RandomWalk(long seed, long runs) {
    this.seed = seed;
    this.runs = runs;
  }

  @Override
  public boolean nextRun() {
    if (run == runs) {
      return false;
    }
    random = new SplittableRandom(seed + run++);
    return true;
  }

  @Override
  public int choose(int enabled, int current, long signature) {
    int left = enabled;
    for (int skip = random.nextInt(Integer.bitCount(enabled)); skip > 0; skip--) {
      left &= left - 1;
    }
    return Integer.numberOfTrailingZeros(left);
  }

  @Override
  public boolean isComplete() {
    return false;
  }
}
