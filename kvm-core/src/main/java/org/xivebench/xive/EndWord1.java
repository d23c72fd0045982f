package org.xivebench.xive;

/**
 * END word 1: the moving part. Bits as the architecture numbers them, 0 most significant.
 *
 * <pre>
 *   0-1   2-3   4-8    9       10-31
 *  | ESn | ESe |  -  | gen | page offset |
 * </pre>
 */
public final class EndWord1 {
  /** PQ of the notification coalescer. */
  public static final BitField32 ESN = BitField32.ibm(0, 1);

  /** PQ of the escalation coalescer. */
  public static final BitField32 ESE = BitField32.ibm(2, 3);

  /** Reserved. */
  public static final BitField32 RESERVED = BitField32.ibm(4, 8);

  /** The generation bit that the next entry gets. */
  public static final BitField32 GENERATION = BitField32.ibm(9, 9);

  /** Where the next entry goes, in words from the start of the queue. */
  public static final BitField32 PAGE_OFFSET = BitField32.ibm(10, 31);

  private EndWord1() {}
}
