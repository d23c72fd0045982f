package org.xivebench.xive;

/**
 * END word 4: upper half of the escalation EAS. Bits as the architecture numbers them, 0 most
 * significant; the two words together are an {@link EasWord}.
 *
 * <pre>
 *   0   1-3   4-7     8-31
 *  | V |  -  | block | index |
 * </pre>
 */
public final class EndWord4 {
  /** The escalation EAS is in use. */
  public static final BitField32 VALID = BitField32.ibm(0, 0);

  /** Reserved. */
  public static final BitField32 RESERVED = BitField32.ibm(1, 3);

  /** Block of the END that takes the escalation. */
  public static final BitField32 END_BLOCK = BitField32.ibm(4, 7);

  /** Index of the END that takes the escalation. */
  public static final BitField32 END_INDEX = BitField32.ibm(8, 31);

  private EndWord4() {}
}
