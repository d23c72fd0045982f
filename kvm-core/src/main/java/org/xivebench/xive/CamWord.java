package org.xivebench.xive;

/**
 * WORD2 of the TIMA's OS ring: which VP is dispatched. Bits as the architecture numbers them, 0
 * most significant.
 *
 * <pre>
 *   0    1-7    8        9-12    13-31
 *  | VO |  -  |   -   | block | index |
 * </pre>
 *
 * <p>The CAM is 24 bits; KVM's VPs use block and 19 bits of index.
 */
public final class CamWord {
  /** The context is valid. */
  public static final BitField32 VO = BitField32.ibm(0, 0);

  /** Reserved. */
  public static final BitField32 RESERVED = BitField32.ibm(1, 8);

  /** Block of the NVT. */
  public static final BitField32 BLOCK = BitField32.ibm(9, 12);

  /** Index of the NVT. */
  public static final BitField32 INDEX = BitField32.ibm(13, 31);

  private CamWord() {}
}
