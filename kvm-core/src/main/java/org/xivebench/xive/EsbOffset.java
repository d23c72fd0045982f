package org.xivebench.xive;

/**
 * Offsets in an ESB management page. The page repeats every 4 KiB; each operation covers a range,
 * of which the constant is the first offset.
 *
 * <pre>
 *           load                store
 *  0x000    EOI, 0 or 1         trigger
 *  0x400    EOI, 0 or 1         EOI, where the source has StoreEOI
 *  0x800    PQ                  (nothing; QEMU 7.2: inject)
 *  0xc00    old PQ; set 00      set 00
 *  0xd00    old PQ; set 01      set 01
 *  0xe00    old PQ; set 10      set 10
 *  0xf00    old PQ; set 11      set 11
 * </pre>
 *
 * <p>Source: Linux v5.10 xive-regs.h; the stores at 0xc00 and above as QEMU 7.2 answers.
 */
public final class EsbOffset {
  /** Load: end of interrupt. Returns 1 when an event was forwarded again. */
  public static final int LOAD_EOI = 0x000;

  /** Store: end of interrupt, where the source has StoreEOI. */
  public static final int STORE_EOI = 0x400;

  /** Load: PQ, unchanged. */
  public static final int GET = 0x800;

  /** Set PQ to 00. */
  public static final int SET_PQ_00 = 0xc00;

  /** Set PQ to 01. */
  public static final int SET_PQ_01 = 0xd00;

  /** Set PQ to 10. */
  public static final int SET_PQ_10 = 0xe00;

  /** Set PQ to 11. */
  public static final int SET_PQ_11 = 0xf00;

  /** Added to a load: order it after earlier StoreEOI. All accesses here are ordered anyway. */
  public static final int LOAD_AFTER_STORE = 0x40;

  /** What a load that cannot be answered gives. */
  public static final long ALL_ONES = -1L;

  static final int PERIOD_MASK = 0xfff;

  private EsbOffset() {}

  /** The PQ that an access at a SET_PQ offset sets. */
  static int pqOf(int offset) {
    return (offset >>> 8) & 3;
  }
}
