package org.xivebench.replay.guest;

/** An interrupt that a vCPU has accepted and not ended. Frames nest when one preempts another. */
final class Frame {
  /** How far it has got. */
  enum Phase {
    /**
     * XICS, an IPI: fetched, but MFRR still asks for it. A change of mode presents it again, so it
     * is not in service yet.
     */
    ACKNOWLEDGED,
    /** The handler runs, or has run: the controller is owed an EOI. */
    HANDLING,
    /** XIVE: ended with Q set, so the event that Q remembered is in the driver's hands. */
    RETRIGGER,
    /** The handler runs without the controller, for an event that was in the driver's hands. */
    RESENT
  }

  /** The source, or for an IPI the server that it was sent to. */
  final int number;

  final boolean ipi;
  Phase phase;

  /** A level-sensitive source: its device has not been serviced yet. */
  boolean toService;

  /** Steps of the handler that are left. */
  int work;

  Frame(int number, boolean ipi, Phase phase, int work) {
    this.number = number;
    this.ipi = ipi;
    this.phase = phase;
    this.work = work;
  }

  /** Whether the controller knows of it: it holds P or a CPPR. */
  boolean inService() {
    return phase == Phase.HANDLING;
  }
}
