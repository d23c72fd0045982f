package org.xivebench.xive;

/**
 * Is told what becomes of triggers, where it happens. Called by the thread whose access it was,
 * possibly with locks held: must be quick and take none.
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

  /** An event of a source is in its queue, and its vCPU has been notified. */
  default void forwarded(int guestIrq) {}

  /** An EOI found Q set: the event that it remembered is sent, or is the caller's to send. */
  default void retriggered(int guestIrq) {}

  /** An END has written an entry to its queue, whatever the event's source. */
  default void enqueued() {}
}
