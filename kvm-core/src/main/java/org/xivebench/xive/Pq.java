package org.xivebench.xive;

/**
 * The two state bits of an event source, P and Q, as the number 2 * P + Q, and their transitions. Q
 * is the memory of the coalescer: any number of triggers while P is set become one re-trigger at
 * EOI. No transition here ever forwards an event when PQ is set outright.
 */
public final class Pq {
  /** 00: a trigger is forwarded. */
  public static final int RESET = 0;

  /** 01: the source is off, triggers are dropped. */
  public static final int OFF = 1;

  /** 10: an event has been forwarded and not been ended (EOI). */
  public static final int PENDING = 2;

  /** 11: pending, and at least one more trigger came. */
  public static final int QUEUED = 3;

  /** The PQ bits could not be read: the low byte of an all-ones load. */
  public static final int INVALID = 0xff;

  /** The P bit. */
  public static final int P = 2;

  /** The Q bit. */
  public static final int Q = 1;

  // The new PQ for each old one, two bits each, for QUEUED, PENDING, OFF, RESET.
  private static final int AFTER_TRIGGER = 0b11_11_01_10;
  private static final int AFTER_EOI = 0b10_00_01_00;

  private Pq() {}

  /** Returns PQ after a trigger. */
  public static int trigger(int pq) {
    return (AFTER_TRIGGER >>> (2 * pq)) & 3;
  }

  /** Returns whether a trigger in this state is forwarded. */
  public static boolean triggerForwards(int pq) {
    return pq == RESET;
  }

  /** Returns PQ after an EOI. */
  public static int eoi(int pq) {
    return (AFTER_EOI >>> (2 * pq)) & 3;
  }

  /** Returns whether an EOI in this state forwards the event that Q remembered. */
  public static boolean eoiForwards(int pq) {
    return pq == QUEUED;
  }

  /** Returns the two digits, or {@code --} for {@link #INVALID}. */
  public static String toString(int pq) {
    return switch (pq) {
      case RESET -> "00";
      case OFF -> "01";
      case PENDING -> "10";
      case QUEUED -> "11";
      default -> "--";
    };
  }
}
