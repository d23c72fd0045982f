package org.xivebench.replay.explore;

import java.util.List;

/** One schedule, given by its choices: what runs a failure again. */
public final class FixedSchedule implements Strategy {
  private final List<Integer> choices;
  private int next;
  private boolean begun;

  /**
   * @param choices the actor at each decision where more than one could go on
   */
  public FixedSchedule(List<Integer> choices) {
    this.choices = List.copyOf(choices);
  }

  @Override
  public boolean nextRun() {
    next = 0;
    boolean first = !begun;
    begun = true;
    return first;
  }

  @Override
  public int choose(int enabled, int current, long signature) {
    if (next < choices.size() && (enabled & 1 << choices.get(next)) != 0) {
      return choices.get(next++);
    }
    return current >= 0 && (enabled & 1 << current) != 0
        ? current
        : Integer.numberOfTrailingZeros(enabled);
  }

  @Override
  public boolean isComplete() {
    return false;
  }
}
