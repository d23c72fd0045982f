package org.xivebench.xive;

/**
 * NVT word 4. Bits as the architecture numbers them, 0 most significant.
 *
 * <pre>
 *   0-15   16-23   24-31
 *  |  -  |  IPB  |   -   |
 * </pre>
 */
public final class NvtWord4 {
  /** Reserved. */
  public static final BitField32 RESERVED_0 = BitField32.ibm(0, 15);

  /** Events that came while the VP was not dispatched; as {@link OsRingWord#IPB}. */
  public static final BitField32 IPB = BitField32.ibm(16, 23);

  /** Reserved. */
  public static final BitField32 RESERVED_24 = BitField32.ibm(24, 31);

  private NvtWord4() {}
}
