package org.xivebench.xive;

/**
 * END word 2: the high part of the queue's real address. Bits as the architecture numbers them, 0
 * most significant.
 *
 * <pre>
 *   0-3       4-31
 *  |  -  | address 59..32 |
 * </pre>
 */
public final class EndWord2 {
  /** Reserved. */
  public static final BitField32 RESERVED = BitField32.ibm(0, 3);

  /** Bits 59..32 of the address. */
  public static final BitField32 ADDRESS_HIGH = BitField32.ibm(4, 31);

  private EndWord2() {}
}
