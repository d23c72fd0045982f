package org.xivebench.benchmarks;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The duties of {@link XicsGuest} in straight code: the same words changed by the same number of
 * compare-and-sets and volatile stores, one server, one priority for IPIs and one for the MSI; no
 * objects between them, no lifetimes, no escalation, no other configuration than this.
 */
final class XicsFloor {
  private static final int ENTRIES = 1 << 14;
  private static final int IPI_PRIORITY = 4;
  private static final int MSI_PRIORITY = 5;
  private static final int IPI = 2;
  private static final int MSI = 16;
  private static final int OPEN = 0xff;

  // The ring: NSR, CPPR, IPB, PIPR.
  private static final long EO = 0x8000_0000L;
  private static final long IDLE = 0x00ff_00ffL;
  private static final long AT_0 = 0x8000_8000L;
  private static final long AT_5 = 0x8000_0405L;

  private static final VarHandle IPI_PQ;
  private static final VarHandle MSI_PQ;
  private static final VarHandle IPI_END;
  private static final VarHandle MSI_END;
  private static final VarHandle RING;
  private static final VarHandle SECTIONS;
  private static final VarHandle CPPR;
  private static final VarHandle IN_EOI;
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      IPI_PQ = lookup.findVarHandle(XicsFloor.class, "ipiPq", int.class);
      MSI_PQ = lookup.findVarHandle(XicsFloor.class, "msiPq", int.class);
      IPI_END = lookup.findVarHandle(XicsFloor.class, "ipiEnd", int.class);
      MSI_END = lookup.findVarHandle(XicsFloor.class, "msiEnd", int.class);
      RING = lookup.findVarHandle(XicsFloor.class, "ring", long.class);
      CPPR = lookup.findVarHandle(XicsFloor.class, "cppr", int.class);
      IN_EOI = lookup.findVarHandle(XicsFloor.class, "inEoi", boolean.class);
      SECTIONS = lookup.findVarHandle(XicsFloor.class, "sections", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int[] queue = new int[ENTRIES];

  @SuppressWarnings("unused") // accessed through IPI_PQ
  private int ipiPq;

  @SuppressWarnings("unused") // accessed through MSI_PQ
  private int msiPq;

  @SuppressWarnings("unused") // accessed through IPI_END
  private int ipiEnd = 1 << 22;

  @SuppressWarnings("unused") // accessed through MSI_END: generation and index
  private int msiEnd = 1 << 22;

  @SuppressWarnings("unused") // accessed through RING
  private long ring = IDLE;

  @SuppressWarnings("unused") // accessed through SECTIONS
  private int sections;

  private volatile int cppr = OPEN;
  private volatile int mfrr = OPEN;
  private volatile boolean inEoi;
  private int pending;
  private int index;
  private int toggle;

  private static void require(boolean condition) {
    if (!condition) {
      throw new AssertionError("the straight code is wrong");
    }
  }

  private void changeRing(long next) {
    long before = (long) RING.getVolatile(this);
    require(RING.compareAndSet(this, before, (before & ~0xffff_ffffL) | next));
  }

  /** H_IPI, H_XIRR, H_IPI 0xff, H_EOI: eight atomic changes, three volatile stores. */
  int handleIpi() {
    // H_IPI
    mfrr = IPI_PRIORITY;
    if (IPI_PRIORITY < cppr) {
      require(IPI_PQ.compareAndSet(this, (int) IPI_PQ.getVolatile(this), 0x102));
      int end = (int) IPI_END.getVolatile(this);
      require(IPI_END.compareAndSet(this, end, end | 1 << 23));
      changeRing(AT_0 | (long) cppr << 16);
      IPI_END.setRelease(this, end);
      IPI_PQ.getAndAdd(this, -0x100);
    }
    // H_XIRR: acknowledge, level 0 without a queue, MFRR
    acknowledge();
    int old = (int) IPI_PQ.getVolatile(this);
    require(IPI_PQ.compareAndSet(this, old, 0));
    pending &= ~1;
    int xirr = cppr << 24 | IPI;
    require(mfrr < cppr);
    CPPR.setRelease(this, mfrr);
    changeRing((long) IPI_PRIORITY << 16 | 0xff);
    // H_IPI 0xff
    mfrr = OPEN;
    require(OPEN >= cppr);
    // H_EOI
    cppr = OPEN;
    require(pending == 0 && mfrr == OPEN);
    changeRing(IDLE);
    return xirr;
  }

  /** Message, H_XIRR, H_EOI: nine atomic changes, two volatile stores, one entry. */
  int handleMsi() {
    // The message, in its read section.
    SECTIONS.getAndAdd(this, 1);
    require(MSI_PQ.compareAndSet(this, (int) MSI_PQ.getVolatile(this), 0x102));
    int end = (int) MSI_END.getVolatile(this);
    require(MSI_END.compareAndSet(this, end, end | 1 << 23));
    int at = end & (ENTRIES - 1);
    WORD.setRelease(queue, at, (end >>> 22 << 31) | MSI);
    int next = (at + 1) & (ENTRIES - 1);
    changeRing(AT_5 | (long) cppr << 16);
    int moved = (end & 1 << 22) | next;
    MSI_END.setRelease(this, next == 0 ? moved ^ 1 << 22 : moved);
    MSI_PQ.getAndAdd(this, -0x100);
    SECTIONS.getAndAdd(this, -1);
    // H_XIRR: acknowledge, queue, MFRR
    acknowledge();
    int entry = (int) WORD.getAcquire(queue, index);
    require(entry >>> 31 != toggle && mfrr == OPEN);
    index = (index + 1) & (ENTRIES - 1);
    toggle ^= index == 0 ? 1 : 0;
    int xirr = cppr << 24 | (entry & 0x7fff_ffff);
    CPPR.setRelease(this, MSI_PRIORITY);
    // H_EOI: the source, the queue, which is empty now
    cppr = OPEN;
    inEoi = true;
    require(MSI_PQ.compareAndSet(this, (int) MSI_PQ.getVolatile(this), 0));
    IN_EOI.setRelease(this, false);
    require((int) WORD.getAcquire(queue, index) >>> 31 == toggle);
    pending = 0;
    require(mfrr == OPEN);
    changeRing(IDLE);
    return xirr;
  }

  private void acknowledge() {
    long before = (long) RING.getVolatile(this);
    require((before & EO) != 0);
    int level = (int) before & 0xff;
    require(RING.compareAndSet(this, before, (long) level << 16 | 0xff));
    pending |= 1 << level;
  }
}
