package org.xivebench.xive;

/**
 * END word 3: the low part of the queue's real address.
 *
 * <pre>
 *        0-31
 *  | address 31..0 |
 * </pre>
 */
public final class EndWord3 {
  /** Bits 31..0 of the address. */
  public static final BitField32 ADDRESS_LOW = BitField32.ibm(0, 31);

  private EndWord3() {}
}
