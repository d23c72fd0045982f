package org.xivebench.replay.ordered;

/**
 * Events of one XICS source on KVM's device, as P and Q must be by what devices and guest do, and
 * beside it what the recorded controller had of the source. A source that is masked keeps its
 * events; one event waits behind another, and no more.
 */
final class XicsEvents {
  private static final int MASKED = 0xff;

  /** The least favoured priority of KVM, but for none. */
  private static final int LEAST_FAVOURED = 6;

  private final boolean lsi;
  private boolean lineUp;
  private int server;
  private int priority = MASKED;

  // P is set while an event is in a queue, and then until the guest ends it.
  private boolean queued;
  private boolean inService;

  /** Q: one more event is to come. */
  private boolean again;

  private int queuedServer;
  private int queuedPriority;
  private long queuedAt;

  // What the recorded controller has: in XISR, or given back to be presented later.
  private boolean presented;
  private boolean givenBack;

  private int lead;

  XicsEvents(boolean lsi) {
    this.lsi = lsi;
  }

  /** Returns the same source as it is when it has been given back and is claimed again. */
  XicsEvents claimedAgain() {
    XicsEvents fresh = new XicsEvents(lsi);
    fresh.lineUp = lineUp;
    fresh.again = lsi && lineUp;
    return fresh;
  }

  // ---- as it must be on the device

  /** A device drives the line, or sends a message: a line of an MSI that goes up. */
  void drive(boolean up, long now) {
    if (up && !(lsi && lineUp)) {
      trigger(now);
    }
    lineUp = up;
  }

  private void trigger(long now) {
    if (priority == MASKED || queued || inService) {
      again = true;
    } else {
      queue(now);
    }
  }

  private void queue(long now) {
    queued = true;
    queuedServer = server;
    queuedPriority = Math.min(priority, LEAST_FAVOURED);
    queuedAt = now;
  }

  /** The guest routes it. Priority 0xff masks it. */
  void configure(int newServer, int newPriority, long now) {
    boolean unmasked = priority == MASKED && newPriority != MASKED;
    server = newServer;
    priority = newPriority;
    if (unmasked && !inService) {
      sendAgain(now);
    }
  }

  private void sendAgain(long now) {
    if (again && !queued) {
      again = false;
      queue(now);
    }
  }

  /** The guest ends it. */
  void end(long now) {
    inService = false;
    if (priority != MASKED) {
      sendAgain(now);
      if (lsi && lineUp) {
        trigger(now);
      }
    }
  }

  /** A CPPR of the server keeps it back: if it has been moved, it goes where it belongs. */
  void keepBack(int atServer, int cppr, long now) {
    if (isQueuedAt(atServer) && isMisplaced() && queuedPriority >= cppr) {
      queue(now);
    }
  }

  /** The guest is given it. */
  void give() {
    queued = false;
    inService = true;
  }

  boolean isLsi() {
    return lsi;
  }

  boolean isQueued() {
    return queued;
  }

  boolean isQueuedAt(int atServer) {
    return queued && queuedServer == atServer;
  }

  /** Whether its event is in a queue where the guest would not have it any more. */
  boolean isMisplaced() {
    return queued && (priority == MASKED || server != queuedServer);
  }

  /** The server in whose queue its event is, if it is in one. */
  int queuedServer() {
    return queuedServer;
  }

  /** The priority of that queue. */
  int queuedPriority() {
    return queuedPriority;
  }

  /** Whether an event of it waits for the end of the one that the guest has. */
  boolean isHeldBack() {
    return inService && again;
  }

  /** Whether both are in one queue, this one first. */
  boolean isAheadOf(XicsEvents other) {
    return queued
        && other.queued
        && queuedServer == other.queuedServer
        && queuedPriority == other.queuedPriority
        && queuedAt < other.queuedAt;
  }

  // ---- as it was recorded

  /** It presents an interrupt: for its device, or again. */
  void seePresented(boolean byDevice) {
    if (!byDevice) {
      givenBack = false;
    }
  }

  /** The presenter has it. */
  void seeRaised() {
    presented = true;
  }

  /** The presenter gave it back. */
  void seeRejected() {
    givenBack = true;
  }

  /** What was given back is presented again; of a source that is masked it is forgotten. */
  void seeResend() {
    givenBack &= priority != MASKED;
  }

  /** The recorded guest was given it. */
  void seeAccepted() {
    presented = false;
  }

  /** Whether the recorded guest is still to be given it: an LSI only while its line is up. */
  boolean isAwaited() {
    return presented || (givenBack && (lineUp || !lsi));
  }

  // ---- the one against the other

  /**
   * How many more times the guest on the device was given it than the recorded one, by differences
   * that are known. Negative for less.
   */
  int lead() {
    return lead;
  }

  void addToLead(int times) {
    lead += times;
  }
}
