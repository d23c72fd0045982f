package org.xivebench.xive;

/**
 * Is told of triggers that lead to no event of their own, where it happens. Called by the thread
 * whose access it was, possibly with locks held: must be quick and take none.
 *
 * <p>Only sources that stand for a guest's interrupt ({@link EsbSource#setGuestIrq}) are observed.
 * A re-trigger at EOI is a trigger here.
 */
public interface TriggerObserver {
  /** Observes nothing. */
  TriggerObserver NONE =
      new TriggerObserver() {
        @Override
        public void coalesced(int guestIrq) {}

        @Override
        public void dropped(int guestIrq) {}
      };

  /** A trigger found Q set: it is one with an earlier one. */
  void coalesced(int guestIrq);

  /** A trigger found the source off, or its EAS closed. */
  void dropped(int guestIrq);
}
