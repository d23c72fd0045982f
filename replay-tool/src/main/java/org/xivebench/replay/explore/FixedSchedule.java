package org.xivebench.replay.explore;

import java.util.List;
import java.util.Optional;

/**
 * One schedule, given by its choices: what runs a failure again. Where the choices do not fit the
 * run is given up; no other schedule is ever run instead.
 */
public final class FixedSchedule implements Strategy {
  private final List<Integer> choices;
  private int next;
  private boolean begun;
  private boolean ranOut;
  private String misfit;

  /**
   * @param choices the actor at each decision where more than one could go on
   */
  public FixedSchedule(List<Integer> choices) {
    this.choices = List.copyOf(choices);
  }

  @Override
  public boolean nextRun() {
    boolean first = !begun;
    begun = true;
    return first;
  }

  @Override
  public int choose(int enabled, int current, long signature) {
    if (next == choices.size()) {
      ranOut = true;
      return CUT;
    }
    int choice = choices.get(next);
    if (choice < 0 || choice >= Integer.SIZE || (enabled & 1 << choice) == 0) {
      misfit = "actor " + (choice + 1) + " cannot go on at decision " + (next + 1);
      return CUT;
    }
    next++;
    return choice;
  }

  /** Returns why the choices did not fit what was run; empty if they did. */
  public Optional<String> misfit() {
    if (misfit == null && begun && next < choices.size()) {
      return Optional.of("it ended after " + next + " of " + choices.size() + " decisions");
    }
    return Optional.ofNullable(misfit);
  }

  /** Returns whether the run came to a decision after the last that was given. */
  public boolean ranOut() {
    return ranOut;
  }

  @Override
  public boolean isComplete() {
    return false;
  }
}
