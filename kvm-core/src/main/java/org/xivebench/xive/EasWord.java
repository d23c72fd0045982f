package org.xivebench.xive;

/**
 * Event Assignment Structure: where a source's events go. Bits as the architecture numbers them, 0
 * most significant.
 *
 * <pre>
 *   0   1-3   4-7     8-31      32    33-63
 *  | V |  -  | block | index | MASKED | data |
 * </pre>
 *
 * <p>A masked or invalid EAS loses the event after the source's P bit has been set. Source: Linux
 * v5.10 xive-regs.h, where it is called IVE by the firmware.
 */
public final class EasWord {
  /** The word is in use. */
  public static final BitField64 VALID = BitField64.ibm(0, 0);

  /** Reserved. */
  public static final BitField64 RESERVED = BitField64.ibm(1, 3);

  /** Block (chip) of the END. */
  public static final BitField64 END_BLOCK = BitField64.ibm(4, 7);

  /** Index of the END in its block. */
  public static final BitField64 END_INDEX = BitField64.ibm(8, 31);

  /** Events are dropped. */
  public static final BitField64 MASKED = BitField64.ibm(32, 32);

  /** What the event's queue entry will say: the EISN. */
  public static final BitField64 END_DATA = BitField64.ibm(33, 63);

  private EasWord() {}

  /**
   * Builds a valid, unmasked word.
   *
   * @param endIndex of block 0
   * @param data 31 bits
   */
  public static long route(int endIndex, int data) {
    return VALID.mask() | END_INDEX.of(endIndex) | END_DATA.of(data);
  }

  /** Returns whether events pass. */
  public static boolean isOpen(long eas) {
    return (eas & (VALID.mask() | MASKED.mask())) == VALID.mask();
  }

  /** Returns the index of the END in block 0. */
  public static int endIndex(long eas) {
    return (int) END_INDEX.get(eas);
  }

  /** Returns the 31 bits of data. */
  public static int data(long eas) {
    return (int) END_DATA.get(eas);
  }
}
