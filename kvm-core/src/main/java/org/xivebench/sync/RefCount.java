package org.xivebench.sync;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts references to something, and has a name by which schedules show it. */
public final class RefCount extends AtomicInteger {
  private static final long serialVersionUID = 1L;

  private final transient Object to;

  /**
   * One reference.
   *
   * @param to what is referred to; names the count when somebody asks
   */
  public RefCount(Object to) {
    super(1);
    this.to = to;
  }

  @Override
  public String toString() {
    return "references to " + to;
  }
}
