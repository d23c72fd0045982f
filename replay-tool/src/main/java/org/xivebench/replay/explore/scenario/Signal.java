package org.xivebench.replay.explore.scenario;

import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/** One actor lets others go on: a step of the story itself, not of the product. */
public final class Signal {
  private final String name;
  private boolean raised;

  /**
   * @param name what has happened when it is raised
   */
  public Signal(String name) {
    this.name = name;
  }

  /** It has happened. */
  public void raise() {
    Schedule.point(PointKind.WRITE, this);
    raised = true;
  }

  /** Waits until it has happened. */
  public void await() {
    Schedule.spinUntil(() -> raised, this);
  }

  @Override
  public String toString() {
    return name;
  }
}
