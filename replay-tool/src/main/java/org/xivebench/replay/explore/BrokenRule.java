package org.xivebench.replay.explore;

/** A rule was broken from which something bad follows, though it did not in this schedule. */
public final class BrokenRule extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** Which rule; the graver later. */
  public enum Kind {
    /** Locks nest in both orders, or against their ranks. */
    LOCK_ORDER,
    /** Something waited for longer than it should, for what never comes. */
    LONG_WAIT,
    /** Something was freed in a state in which it must not be. */
    INVARIANT
  }

  /**
   * @param message which rule, and how
   */
  public BrokenRule(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Returns which rule. */
  public Kind kind() {
    return kind;
  }
}
