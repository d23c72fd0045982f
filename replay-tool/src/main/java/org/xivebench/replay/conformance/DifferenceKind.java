package org.xivebench.replay.conformance;

import java.util.Locale;

/**
 * Why the XICS device of KVM, which serves a XICS from XIVE hardware, answers otherwise than an
 * emulated XICS. {@code docs/conformance.md} tells more of each.
 */
public enum DifferenceKind {
  UNCLAIMED_SOURCE(
      "RTAS calls on a number that no device has: the emulation has all of its range, KVM those"
          + " sources that the VMM made"),
  NEVER_ROUTED("ibm,int-on of a source that never had a server: KVM has nowhere to send it"),
  RTAS_CHECKS(
      "which arguments of ibm,set-xive are refused, and how: KVM cuts priorities to 8 bits, looks at"
          + " the server only when it routes, and knows no error but -3"),
  TARGET_FALLS_BACK("ibm,get-xive tells where KVM could route the source, not where it was to go"),
  EOI_OF_NO_SOURCE("H_EOI of a number that is no source: KVM says so"),
  ACCEPT_OF_NOTHING(
      "H_XIRR with nothing to accept: the emulation takes 0xff, the priority of nothing, for CPPR;"
          + " KVM leaves CPPR alone"),
  PRIORITIES_FROM_6("KVM has seven priorities: 6 to 0xfe are one"),
  TIE_GOES_TO_IPI(
      "an IPI and a source of one priority: KVM takes the IPI, the emulation what was"
          + " presented first"),
  ORDER_OF_ARRIVAL(
      "sources of one priority: KVM takes them as they came, the emulation, after a rejection, by"
          + " their numbers"),
  NOTHING_IS_LATCHED(
      "an IPI that was presented and then withdrawn by MFRR 0xff: the emulation has it in XISR, KVM"
          + " looks at MFRR when the guest asks"),
  EVENT_STAYS_QUEUED(
      "a source masked, moved, given another priority or lowered while its event waits: in KVM the"
          + " event stays in the queue where it is"),
  EVENT_AGAIN(
      "a second event before the first is accepted: KVM sends it when the first has ended, the"
          + " emulation may have made one of the two"),
  LINE_IS_AN_EDGE(
      "a level source whose line rose again while it was in service: KVM remembers the rise, and"
          + " sends the source once more, whatever the line is by then"),
  ONE_EVENT_PER_SOURCE(
      "an event of a source that is in service: in KVM it waits for the EOI, the emulation delivers"
          + " it at once if CPPR lets it"),
  ACKNOWLEDGED_LEVELS_ONLY(
      "KVM looks only into the queues of levels that were acknowledged, and an IPI's wake-up hides"
          + " the others for one round"),
  SPURIOUS_INTERRUPT(
      "KVM may raise the external interrupt for a level that it pushed again, with nothing to take"),
  UNEXPLAINED("none of the above: a bug of the device, or something that this list does not know");

  private final String explanation;

  DifferenceKind(String explanation) {
    this.explanation = explanation;
  }

  /** Returns a sentence that says what differs. */
  public String explanation() {
    return explanation;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
