package org.xivebench.kvm.device;

/**
 * One source's interrupt state, in a form that does not depend on the controller.
 *
 * @param number guest interrupt number; IPIs are not among them
 * @param lsi whether it is level-sensitive
 * @param asserted whether its line is up; false for an MSI
 * @param masked whether the guest has masked it
 * @param server where it is routed
 * @param priority as the guest numbers it in the mode that it was captured in, 0 to 7
 * @param event whether an event of it is under way
 * @param queued whether one more event came since: it is delivered after the EOI of the first
 */
public record CarriedSource(
    int number,
    boolean lsi,
    boolean asserted,
    boolean masked,
    int server,
    int priority,
    Event event,
    boolean queued) {

  /** How far an event has got. */
  public enum Event {
    /** No event is under way: P is clear. */
    NONE,
    /** It waits in a queue, or in a presenter, or is saved by a mask: the guest has not got it. */
    WAITING,
    /** The guest has accepted it and owes an EOI: P stays, nothing is queued. */
    IN_SERVICE,
    /** P is set, but the event is nowhere: lost. Reported, and not carried on. */
    LOST
  }
}
