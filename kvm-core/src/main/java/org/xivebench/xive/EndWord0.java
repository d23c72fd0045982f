package org.xivebench.xive;

/**
 * END word 0: what is done with an event. Bits as the architecture numbers them, 0 most
 * significant.
 *
 * <pre>
 *   0   1   2   3   4   5   6   7   8-11  12-15   16   17-23  24-31
 *  | v | q | n | b | p | e | u | s |  -  | size | fw |   -   | hw  |
 * </pre>
 */
public final class EndWord0 {
  /** The END is in use. */
  public static final BitField32 VALID = BitField32.ibm(0, 0);

  /** Events are written to the queue. */
  public static final BitField32 ENQUEUE = BitField32.ibm(1, 1);

  /** Every event notifies; when clear, ESn coalesces. */
  public static final BitField32 UNCONDITIONAL_NOTIFY = BitField32.ibm(2, 2);

  /** An event for a VP that is not dispatched is kept in its NVT. */
  public static final BitField32 BACKLOG = BitField32.ibm(3, 3);

  /** Precluded escalation. Not modelled: no source describes it. */
  public static final BitField32 PRECLUDED_ESCALATION = BitField32.ibm(4, 4);

  /** An event for a VP that is not dispatched escalates. */
  public static final BitField32 ESCALATE = BitField32.ibm(5, 5);

  /** Every such event escalates; when clear, ESe coalesces. */
  public static final BitField32 UNCONDITIONAL_ESCALATE = BitField32.ibm(6, 6);

  /** Silent: no notification, only escalation. */
  public static final BitField32 SILENT_ESCALATE = BitField32.ibm(7, 7);

  /** Reserved. */
  public static final BitField32 RESERVED_8 = BitField32.ibm(8, 11);

  /** log2 of the queue's bytes, less 12. */
  public static final BitField32 QUEUE_SIZE = BitField32.ibm(12, 15);

  /** Reserved for the firmware. */
  public static final BitField32 FIRMWARE = BitField32.ibm(16, 16);

  /** Reserved. */
  public static final BitField32 RESERVED_17 = BitField32.ibm(17, 23);

  /** Hardware dependent. */
  public static final BitField32 HARDWARE = BitField32.ibm(24, 31);

  /** What {@link #QUEUE_SIZE} 0 stands for: 4 KiB. */
  static final int SMALLEST_ORDER = 12;

  private EndWord0() {}
}
