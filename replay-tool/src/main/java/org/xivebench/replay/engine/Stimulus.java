package org.xivebench.replay.engine;

/** What a trace event is to a replay in which guest drivers handle the interrupts themselves. */
final class Stimulus {
  /** The kinds. */
  enum Kind {
    /** A device sends an MSI: {@code number} is the source. */
    TRIGGER,
    /**
     * A device drives the line of an LSI: {@code number} is the source, {@code value} the level.
     */
    LINE,
    /**
     * A vCPU sends an IPI: {@code number} is the target's index, {@code vcpu} the sender's or -1.
     */
    IPI,
    /**
     * The guest routes a source and unmasks it: {@code value} is the server, or -1 for the last.
     */
    ROUTE,
    /** The guest masks a source. */
    MASK,
    /** Not to be done: the recorded guest ended an interrupt of a source. For pacing. */
    ENDED,
    /** Not to be done: the recorded guest ended an IPI; {@code number} is its vCPU's index. */
    IPI_ENDED,
    /** Nothing for this replay. */
    NOTHING
  }

  Kind kind = Kind.NOTHING;
  int number;
  int value;
  int vcpu;

  Stimulus set(Kind newKind, int newNumber, int newValue, int newVcpu) {
    kind = newKind;
    number = newNumber;
    value = newValue;
    vcpu = newVcpu;
    return this;
  }
}
