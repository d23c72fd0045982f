package org.xivebench.xive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * The thread interrupt management area of one hardware thread.
 *
 * <p>What events and the thread change at the same time is one word, so that no event is lost
 * between a push, a pull, an acknowledge and a notification:
 *
 * <pre>
 *       63-32        31-24  23-16  15-8   7-0
 *  | WORD2 (VO, CAM) | NSR | CPPR | IPB | PIPR |
 * </pre>
 *
 * <p>The inert bytes of the OS ring (LSMFB, ACK#, INC, AGE) stand apart and change only by raw
 * stores. The external line is VO and NSR.EO.
 *
 * <p>Readings, where sources leave a choice (as the recorded answers of QEMU and KVM agree): PIPR
 * is recomputed at each change of IPB, at acknowledge and at push; EO is a function of PIPR &lt;
 * CPPR after each CPPR store ({@link Quirk#STALE_NSR} differs); an acknowledge without EO has no
 * effect; CPPR 8…0xfe is stored as 0xff.
 *
 * <p>Accesses by offset, for which the sizes and offsets not listed load all ones and ignore
 * stores:
 *
 * <pre>
 *   page    offset       size    load                       store
 *   OS, up  0x10, 0x14   4, 8    OS ring (AGE reads 0)      CPPR byte, if covered
 *   OS, up  0x11         1                                  CPPR
 *   OS, up  0x810        2       acknowledge
 *   OS, up  0x812        1                                  set pending
 *   HV, up  0x00–0x3f    4, 8    raw                        raw; 0x18/4 pushes
 *   HV, up  0x31         1                                  PHYS CPPR
 *   HV, up  0x38         1       VT byte                    VT byte
 *   HV, up  0x808        4       pull user context          push user context
 *   HV, up  0x818        4, 8    pull OS context
 *   HV, up  0x828        4, 8    pull pool context
 *   HV, up  0x830        2       acknowledge PHYS
 *   HV, up  0xc08        1                                  pull user context
 * </pre>
 *
 * <p>Only the OS ring is presented to; the USER, POOL and PHYS rings are registers without events.
 * The acknowledges to an even line (0xc10, 0xc20, 0xc30) and the EBB acknowledge (0x800) are not
 * modelled: no source tells what they write.
 */
public final class Tima {
  /** Offset of CPPR in the OS ring: store 1. */
  public static final int OS_CPPR = 0x011;

  /** Offset of the OS ring's first 8 bytes: load 8. */
  public static final int OS_RING = 0x010;

  /** Offset of WORD2 of the OS ring, hypervisor page: store 4. */
  public static final int PUSH_OS_CONTEXT = 0x018;

  /** Offset of the acknowledge: load 2. */
  public static final int ACK_OS_REG = 0x810;

  /** Offset of set-pending: store 1. */
  public static final int SET_OS_PENDING = 0x812;

  /** Offset of the pull, hypervisor page: load 4 or 8. */
  public static final int PULL_OS_CONTEXT = 0x818;

  private static final int PHYS_CPPR = 0x031;
  private static final int VT_BYTE = 0x038;
  private static final int USER_CONTEXT = 0x808;
  private static final int PULL_POOL_CONTEXT = 0x828;
  private static final int ACK_HV_REG = 0x830;
  private static final int PULL_USER_CONTEXT_OL = 0xc08;
  private static final int REGISTERS_END = 0x40;

  private static final long EO = 0x8000_0000L;
  private static final int CPPR_SHIFT = 16;
  private static final int IPB_SHIFT = 8;
  private static final long NSR_CPPR_IPB = 0xffff_ff00L;
  private static final long LIVE = 0xffff_ffffL;
  private static final long NSR_BUT_EO = 0x7f00_0000L;

  private static final VarHandle RING;

  static {
    try {
      RING = MethodHandles.lookup().findVarHandle(Tima.class, "ring", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Xive xive;
  private final int number;
  private final boolean staleNsr;
  private final boolean rawCpprStore;

  @SuppressWarnings("unused") // accessed through RING
  private long ring = 0xff;

  /** LSMFB, ACK#, INC, AGE. */
  private volatile int inert;

  /** USER, unused, POOL and PHYS rings: bytes 0–7 and 8–15 of each. Of the own thread only. */
  private final long[] otherRings = new long[8];

  private volatile InterruptLine line;

  Tima(Xive xive, int number) {
    this.xive = xive;
    this.number = number;
    this.staleNsr = xive.quirks().has(Quirk.STALE_NSR);
    this.rawCpprStore = xive.quirks().has(Quirk.RAW_CPPR_STORE);
  }

  // ---- the processor

  /** Connects the external interrupt input of the thread that it belongs to; null disconnects. */
  public void setInterruptLine(InterruptLine line) {
    this.line = line;
  }

  /** Returns the level of the external interrupt line: NSR.EO of the pushed context. */
  public boolean externalLine() {
    Schedule.reads(this);
    long word = (long) RING.getVolatile(this);
    return word < 0 && (word & EO) != 0;
  }

  void signal() {
    InterruptLine to = line;
    if (to != null && externalLine()) {
      to.raise();
    }
  }

  // ---- the OS ring, for the context that is pushed

  /**
   * The 2-byte load at {@link #ACK_OS_REG}: accepts the most favoured pending priority.
   *
   * @return NSR before, shifted left by 8, and CPPR after
   */
  public int acknowledgeOs() {
    Schedule.point(PointKind.HARDWARE, this);
    while (true) {
      long old = (long) RING.getVolatile(this);
      int nsr = (int) old >>> 24;
      if ((old & EO) == 0) {
        return (nsr << 8) | ((int) (old >>> CPPR_SHIFT) & 0xff);
      }
      int pipr = (int) old & 0xff;
      int ipb = (int) (old >>> IPB_SHIFT) & 0xff & ~OsRingWord.ipbOf(pipr);
      long next =
          (old & ~(LIVE ^ NSR_BUT_EO))
              | ((long) pipr << CPPR_SHIFT)
              | ((long) ipb << IPB_SHIFT)
              | OsRingWord.piprOf(ipb);
      if (RING.compareAndSet(this, old, next)) {
        if (old < 0) {
          lowered();
        }
        return (nsr << 8) | pipr;
      }
    }
  }

  /**
   * The 1-byte store at {@link #OS_CPPR}.
   *
   * @param cppr low 8 bits count; above 7 becomes 0xff
   */
  public void setOsCppr(int cppr) {
    int stored = (cppr & 0xff) > 7 ? 0xff : cppr & 0xff;
    Schedule.point(PointKind.HARDWARE, this);
    while (true) {
      long old = (long) RING.getVolatile(this);
      long next = evaluate(withCppr(old, stored));
      if (RING.compareAndSet(this, old, next)) {
        changed(old, next);
        return;
      }
    }
  }

  /**
   * The 1-byte store at {@link #SET_OS_PENDING}: an event out of nothing.
   *
   * @param priority low 8 bits count; above 7 sets no bit
   */
  public void setOsPending(int priority) {
    Schedule.point(PointKind.HARDWARE, this);
    long bit = (long) OsRingWord.ipbOf(priority & 0xff) << IPB_SHIFT;
    while (true) {
      long old = (long) RING.getVolatile(this);
      long next = evaluate(old | bit);
      if (RING.compareAndSet(this, old, next)) {
        changed(old, next);
        return;
      }
    }
  }

  /** Loads the ring's first 8 bytes as {@link OsRingWord}, through the hypervisor page. */
  public long loadOsRing() {
    Schedule.point(PointKind.HARDWARE, this);
    long word = (long) RING.getVolatile(this);
    return ((word & NSR_CPPR_IPB) << 32) | ((inert & LIVE) << 8) | (word & 0xff);
  }

  /**
   * Stores the ring's first 8 bytes through the hypervisor page, raw: nothing is evaluated. To be
   * done while no context is valid.
   */
  public void storeOsRing(long value) {
    Schedule.point(PointKind.HARDWARE, this);
    inert = (int) (value >>> 8);
    long live = ((value >>> 32) & NSR_CPPR_IPB) | (value & 0xff);
    while (true) {
      long old = (long) RING.getVolatile(this);
      long next = (old & ~LIVE) | live;
      if (RING.compareAndSet(this, old, next)) {
        changed(old, next);
        return;
      }
    }
  }

  /** Returns WORD2 of the OS ring as {@link CamWord}. */
  public int osWord2() {
    Schedule.reads(this);
    return (int) ((long) RING.getVolatile(this) >>> 32);
  }

  /**
   * The 4-byte store at {@link #PUSH_OS_CONTEXT}: dispatches a VP on this thread. With VO set, what
   * the VP's NVT saved is merged, PIPR recomputed, and the line raised if that is due.
   *
   * @param camWord as {@link CamWord}
   */
  public void pushOsContext(int camWord) {
    Schedule.point(PointKind.HARDWARE, this);
    Nvt nvt = (camWord & CamWord.VO.mask()) == 0 ? null : xive.nvtOfCam(camWord);
    if (nvt != null) {
      nvt.lifetime().check();
    }
    while (true) {
      long old = (long) RING.getVolatile(this);
      long next = (old & LIVE) | ((long) camWord << 32);
      if (next < 0) {
        next = evaluate(next);
      }
      if (RING.compareAndSet(this, old, next)) {
        undispatch(old);
        changed(old, next);
        break;
      }
    }
    if (nvt != null) {
      Schedule.point(PointKind.HARDWARE, this);
      nvt.dispatchOn(this);
      Schedule.point(PointKind.HARDWARE, this);
      int saved = nvt.takeIpb();
      if (saved != 0 && merge(camWord, saved) == Nvt.RAISED) {
        signal();
      }
    }
  }

  /**
   * The 4-byte load at {@link #PULL_OS_CONTEXT}: the VP is no longer dispatched here. The ring's
   * bytes stay, for software to save.
   *
   * @return WORD2 as it was
   */
  public int pullOsContext() {
    Schedule.point(PointKind.HARDWARE, this);
    undispatch((long) RING.getVolatile(this));
    while (true) {
      Schedule.point(PointKind.HARDWARE, this);
      long old = (long) RING.getVolatile(this);
      long next = old & Long.MAX_VALUE;
      if (RING.compareAndSet(this, old, next)) {
        changed(old, next);
        return (int) (old >>> 32);
      }
    }
  }

  private void undispatch(long word) {
    if (word < 0) {
      Nvt nvt = xive.nvtOfCam((int) (word >>> 32));
      if (nvt != null) {
        nvt.undispatchFrom(this);
      }
    }
  }

  /** Merges events, if the context is that of {@code camWord}. */
  int merge(int camWord, int ipb) {
    Schedule.point(PointKind.HARDWARE, this);
    while (true) {
      long old = (long) RING.getVolatile(this);
      if ((int) (old >>> 32) != camWord) {
        return Nvt.MISSED;
      }
      long next = evaluate(old | ((long) ipb << IPB_SHIFT));
      // Even when nothing changes: the queue entry must be visible before an acknowledge that
      // clears the bit.
      if (RING.compareAndSet(this, old, next)) {
        return (next & ~old & EO) != 0 ? Nvt.RAISED : Nvt.DELIVERED;
      }
    }
  }

  private static long withCppr(long word, int cppr) {
    return (word & ~(0xffL << CPPR_SHIFT)) | ((long) cppr << CPPR_SHIFT);
  }

  /** Derives PIPR and NSR.EO. */
  private long evaluate(long word) {
    int pipr = OsRingWord.piprOf((int) (word >>> IPB_SHIFT) & 0xff);
    int cppr = (int) (word >>> CPPR_SHIFT) & 0xff;
    long derived = (word & ~0xffL) | pipr;
    if (pipr < cppr) {
      return derived | EO;
    }
    return staleNsr ? derived : derived & ~EO;
  }

  private void changed(long old, long next) {
    boolean was = old < 0 && (old & EO) != 0;
    boolean is = next < 0 && (next & EO) != 0;
    if (is && !was) {
      signal();
    } else if (was && !is) {
      lowered();
    }
  }

  private void lowered() {
    InterruptLine to = line;
    if (to != null) {
      to.lower();
    }
  }

  // ---- by page and offset

  /**
   * Loads from a page.
   *
   * @param offset in bytes, below 64 KiB
   * @param size 1, 2, 4 or 8 bytes
   * @return the big-endian value, right-aligned; all ones of that size where there is nothing
   */
  public long load(TimaPage page, int offset, int size) {
    long value = page == TimaPage.USER ? -1 : loadOsPage(page, offset, size);
    return size == 8 ? value : value & ((1L << (8 * size)) - 1);
  }

  private long loadOsPage(TimaPage page, int offset, int size) {
    if (offset == ACK_OS_REG && size == 2) {
      return acknowledgeOs();
    }
    if (page != TimaPage.OS) {
      return loadHypervisorPage(offset, size);
    }
    if (offset == OS_RING && size == 8) {
      return loadOsRing() & ~OsRingWord.AGE.mask();
    }
    if (offset == OS_RING && size == 4) {
      return loadOsRing() >>> 32;
    }
    if (offset == OS_RING + 4 && size == 4) {
      return loadOsRing() & ~OsRingWord.AGE.mask() & LIVE;
    }
    return -1;
  }

  private long loadHypervisorPage(int offset, int size) {
    boolean word = size == 4 || size == 8;
    if (offset >= 0 && offset < REGISTERS_END && word && offset % size == 0) {
      long eight = loadRegisters(offset & ~7);
      return size == 8 ? eight : (offset & 4) == 0 ? eight >>> 32 : eight & LIVE;
    }
    if (offset == VT_BYTE && size == 1) {
      return otherRings[7] >>> 56;
    }
    if (offset == PULL_OS_CONTEXT && word) {
      return leftAligned(pullOsContext(), size);
    }
    if (offset == PULL_POOL_CONTEXT && word) {
      return leftAligned(pull(5), size);
    }
    if (offset == USER_CONTEXT && size == 4) {
      return pull(1) & LIVE;
    }
    if (offset == ACK_HV_REG && size == 2) {
      // Nothing presents to the PHYS ring, so there is nothing to accept.
      return otherRings[6] >>> 48;
    }
    return -1;
  }

  private static long leftAligned(int word2, int size) {
    return size == 8 ? (long) word2 << 32 : word2 & LIVE;
  }

  private long loadRegisters(int offset) {
    return switch (offset) {
      case OS_RING -> loadOsRing();
      case OS_RING + 8 -> (long) osWord2() << 32;
      default -> otherRings[otherRing(offset)];
    };
  }

  /** Index in otherRings: USER 0 and 1, POOL 4 and 5, PHYS 6 and 7. */
  private static int otherRing(int offset) {
    return offset >>> 3;
  }

  private int pull(int half) {
    int word2 = (int) (otherRings[half] >>> 32);
    otherRings[half] &= Long.MAX_VALUE;
    return word2;
  }

  /**
   * Stores to a page; ignored where there is nothing.
   *
   * @param offset in bytes, below 64 KiB
   * @param size 1, 2, 4 or 8 bytes
   * @param value the low {@code size} bytes count, big-endian
   */
  public void store(TimaPage page, int offset, int size, long value) {
    if (page == TimaPage.USER) {
      return;
    }
    if (offset == OS_CPPR && size == 1) {
      setOsCppr((int) value & 0xff);
    } else if (offset == SET_OS_PENDING && size == 1) {
      setOsPending((int) value & 0xff);
    } else if (page != TimaPage.OS) {
      storeHypervisorPage(offset, size, value);
    } else if (offset == OS_RING && (size == 4 || size == 8)) {
      storeCpprOf((int) (size == 8 ? value >>> 48 : value >>> 16) & 0xff);
    }
  }

  /** Of what a guest stores to its ring as a word, only CPPR can be written. */
  private void storeCpprOf(int cppr) {
    if (!rawCpprStore) {
      setOsCppr(cppr);
      return;
    }
    Schedule.point(PointKind.HARDWARE, this);
    while (true) {
      long old = (long) RING.getVolatile(this);
      long next = withCppr(old, cppr);
      if (RING.compareAndSet(this, old, next)) {
        return;
      }
    }
  }

  private void storeHypervisorPage(int offset, int size, long value) {
    boolean word = size == 4 || size == 8;
    if (offset == PUSH_OS_CONTEXT && size == 4) {
      pushOsContext((int) value);
    } else if (offset >= 0 && offset < REGISTERS_END && word && offset % size == 0) {
      storeRegisters(offset, size, value);
    } else if (offset == PHYS_CPPR && size == 1) {
      otherRings[6] = OsRingWord.CPPR.set(otherRings[6], (value & 0xff) > 7 ? 0xff : value);
    } else if (offset == VT_BYTE && size == 1) {
      otherRings[7] = (otherRings[7] & ~(0xffL << 56)) | (value << 56);
    } else if (offset == USER_CONTEXT && size == 4) {
      otherRings[1] = (otherRings[1] & LIVE) | (value << 32);
    } else if (offset == PULL_USER_CONTEXT_OL && size == 1) {
      pull(1);
    }
  }

  private void storeRegisters(int offset, int size, long value) {
    long before = loadRegisters(offset & ~7);
    long eight;
    if (size == 8) {
      eight = value;
    } else if ((offset & 4) == 0) {
      eight = (before & LIVE) | (value << 32);
    } else {
      eight = (before & ~LIVE) | (value & LIVE);
    }
    switch (offset & ~7) {
      case OS_RING -> storeOsRing(eight);
      case OS_RING + 8 -> pushOsContext((int) (eight >>> 32));
      default -> otherRings[otherRing(offset)] = eight;
    }
  }

  @Override
  public String toString() {
    return "TIMA " + number;
  }
}
