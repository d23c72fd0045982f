package org.xivebench.xive;

/**
 * An event queue entry: a 32-bit big-endian word in memory.
 *
 * <pre>
 *     0        1-31
 *  | generation | data (EISN) |
 * </pre>
 *
 * <p>The hardware starts with generation 1 and flips it at each wrap; a consumer starts with toggle
 * 0 on a zeroed page and takes an entry for new when its generation differs from the toggle.
 */
public final class QueueEntry {
  /** The generation bit. */
  public static final BitField32 GENERATION = BitField32.ibm(0, 0);

  /** The END data. */
  public static final BitField32 DATA = BitField32.ibm(1, 31);

  private QueueEntry() {}

  /** Builds an entry. */
  public static int of(int generation, int data) {
    return (generation << 31) | (data & DATA.mask());
  }
}
