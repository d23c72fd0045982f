package org.xivebench.replay.vmm;

/**
 * What an emulated controller holds, for who compares it with another's. Looking is no access of
 * the guest and changes nothing. Not to be used while vCPUs run.
 */
public interface ControllerView {
  /**
   * A source of a XIVE.
   *
   * @param pq P 2, Q 1
   * @param asserted the line of an LSI
   * @param masked by its EAS
   * @param eisn of its EAS
   * @param server that its EAS leads to
   * @param priority likewise
   */
  record XiveSource(int pq, boolean asserted, boolean masked, int eisn, int server, int priority) {}

  /**
   * An event queue.
   *
   * @param valid whether there is one
   * @param address guest physical
   * @param order log2 of its bytes
   * @param generation what the next entry has in its top bit
   * @param index of the next entry
   */
  record Queue(boolean valid, long address, int order, int generation, int index) {}

  /** A presenter of a XICS: what H_XIRR would return, its priority, and the MFRR. */
  record Presenter(int xirr, int pendingPriority, int mfrr) {}

  /**
   * A source of a XICS.
   *
   * @param state 1 asserted, 2 sent, 4 given back, 8 came while masked
   */
  record IcsSource(int priority, int state) {}

  /** Returns a source, or null if no XIVE is at work. */
  default XiveSource xiveSource(int number) {
    return null;
  }

  /** Returns a queue, or null if no XIVE is at work. */
  default Queue queueOf(int server, int priority) {
    return null;
  }

  /** Returns a presenter, or null if no XICS is at work, or it has no such server. */
  default Presenter presenter(int server) {
    return null;
  }

  /** Returns a source, or null if no XICS is at work. */
  default IcsSource icsSource(int number) {
    return null;
  }

  /** Nothing is at work. */
  ControllerView NONE = new ControllerView() {};
}
