package org.xivebench.replay.guest;

/**
 * Is told what the guest's drivers do, where they do it. Called by vCPU threads inside the guest:
 * must not block, and takes no lock.
 */
public interface GuestEvents {
  /** The handler of an edge-triggered source begins to run on a server. */
  void delivered(int source, int server);

  /** The interrupt of a source has been ended (EOI). */
  void ended(int source, int server);

  /** The driver has masked a source and thereby thrown away an event that Q remembered. */
  void discarded(int source);

  /**
   * An IPI is sent.
   *
   * @param target the server that it goes to
   * @param coalesced whether the target has not yet taken an earlier one
   */
  void ipiSent(int target, boolean coalesced);

  /** The IPI handler runs on a server and finds that one was sent. */
  void ipiDelivered(int server);

  /** The IPI handler runs on a server and finds nothing: an earlier run has taken it. */
  void ipiSpurious(int server);

  /** The interrupt of an IPI has been ended. */
  void ipiEnded(int server);

  /** The driver asked for something that it should have got, and was refused. */
  void refused(String what);
}
