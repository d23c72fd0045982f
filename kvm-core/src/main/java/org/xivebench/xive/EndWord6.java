package org.xivebench.xive;

/**
 * END word 6: whom to notify. Bits as the architecture numbers them, 0 most significant.
 *
 * <pre>
 *   0-7   8   9-12    13-31
 *  |  -  | F | block | index |
 * </pre>
 */
public final class EndWord6 {
  /** Reserved. */
  public static final BitField32 RESERVED = BitField32.ibm(0, 7);

  /** Format: 0 a VP and a priority, 1 a logical server. Only 0 is modelled. */
  public static final BitField32 FORMAT = BitField32.ibm(8, 8);

  /** Block of the NVT. */
  public static final BitField32 NVT_BLOCK = BitField32.ibm(9, 12);

  /** Index of the NVT. */
  public static final BitField32 NVT_INDEX = BitField32.ibm(13, 31);

  private EndWord6() {}
}
