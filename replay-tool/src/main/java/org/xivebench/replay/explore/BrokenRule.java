package org.xivebench.replay.explore;

/** A rule was broken from which something bad follows, though it did not in this schedule. */
public final class BrokenRule extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message which rule, and how
   */
  public BrokenRule(String message) {
    super(message);
  }
}
