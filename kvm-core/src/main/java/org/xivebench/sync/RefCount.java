package org.xivebench.sync;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts references to something, and has a name by which schedules show it. */
public final class RefCount extends AtomicInteger {
  private static final long serialVersionUID = 1L;

  private final String name;

  /**
   * One reference.
   *
   * @param name what is counted, such as {@code references to kvm-xive}
   */
  public RefCount(String name) {
    super(1);
    this.name = name;
  }

  @Override
  public String toString() {
    return name;
  }
}
