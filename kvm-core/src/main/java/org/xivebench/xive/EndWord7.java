package org.xivebench.xive;

/**
 * END word 7, format 0. Bits as the architecture numbers them, 0 most significant.
 *
 * <pre>
 *      0         1        2-7    8-15   16-31
 *  | ignore | grouping |   -   | prio |   -   |
 * </pre>
 */
public final class EndWord7 {
  /** Ignore. Not modelled: VP groups are not used by KVM. */
  public static final BitField32 IGNORE = BitField32.ibm(0, 0);

  /** Block grouping. Not modelled. */
  public static final BitField32 BLOCK_GROUPING = BitField32.ibm(1, 1);

  /** Reserved. */
  public static final BitField32 RESERVED_2 = BitField32.ibm(2, 7);

  /** The priority at which the VP is notified; 0xff: not at all. */
  public static final BitField32 PRIORITY = BitField32.ibm(8, 15);

  /** Reserved. */
  public static final BitField32 RESERVED_16 = BitField32.ibm(16, 31);

  private EndWord7() {}
}
