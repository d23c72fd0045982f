package org.xivebench.benchmarks;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.xivebench.kvm.GuestMemory;

/**
 * The duties of {@link Guest} in straight code: the same words changed by the same number of
 * compare-and-sets, the same guest memory, one line; no objects between them, one priority, no
 * lifetimes, no escalation, no other configuration than this.
 */
final class Floor {
  private static final int ENTRIES = 1 << 14;
  private static final VarHandle PQ;
  private static final VarHandle END;
  private static final VarHandle RING;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      PQ = MethodHandles.arrayElementVarHandle(int[].class);
      END = lookup.findVarHandle(Floor.class, "end", int.class);
      RING = lookup.findVarHandle(Floor.class, "ring", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final GuestMemory memory;
  private final long queueAddress;
  private final int eisn;
  private final int[] pqs;
  private volatile boolean line;

  @SuppressWarnings("unused") // accessed through END: generation and index
  private int end = 1 << 22;

  @SuppressWarnings("unused") // accessed through RING: NSR, CPPR, IPB, PIPR
  private long ring = 0x00ff_00ffL;

  private int index;
  private int toggle;

  Floor(GuestMemory memory, int number, int sourceCount) {
    this.memory = memory;
    this.queueAddress = (1L + number) << 16;
    this.eisn = 0x1000 * (number + 1);
    this.pqs = new int[sourceCount];
  }

  /** Trigger to line: four atomic changes, one entry. */
  void trigger(int source) {
    int old = (int) PQ.getVolatile(pqs, source);
    if (old != 0 || !PQ.compareAndSet(pqs, source, 0, 0x102)) {
      throw new AssertionError("not ready");
    }
    int word = (int) END.getVolatile(this);
    if (!END.compareAndSet(this, word, word | 1 << 23)) {
      throw new AssertionError("busy");
    }
    int at = word & (ENTRIES - 1);
    memory.writeInt(queueAddress + 4L * at, (word >>> 22 << 31) | (eisn + source));
    int next = (at + 1) & (ENTRIES - 1);
    int moved = (word & 1 << 22) | next;
    long before = (long) RING.getVolatile(this);
    long after = (before & ~0xffL) | 0x8000_0206L;
    if (!RING.compareAndSet(this, before, after)) {
      throw new AssertionError("ring");
    }
    END.setRelease(this, next == 0 ? moved ^ 1 << 22 : moved);
    if ((before & 0x8000_0000L) == 0) {
      line = true;
    }
    PQ.getAndAdd(pqs, source, -0x100);
  }

  /** Acknowledge, queue, EOI, CPPR: three atomic changes. */
  int handle() {
    if (!line) {
      throw new AssertionError("no interrupt");
    }
    long before = (long) RING.getVolatile(this);
    if ((before & 0x8000_0000L) == 0 || !RING.compareAndSet(this, before, 0x0006_00ffL)) {
      throw new AssertionError("spurious");
    }
    line = false;
    int entry = memory.readInt(queueAddress + 4L * index);
    if (entry >>> 31 == toggle) {
      throw new AssertionError("no entry");
    }
    index = (index + 1) & (ENTRIES - 1);
    if (index == 0) {
      toggle ^= 1;
    }
    int old = (int) PQ.getVolatile(pqs, 0);
    if (!PQ.compareAndSet(pqs, 0, old, 0)) {
      throw new AssertionError("PQ");
    }
    long ready = (long) RING.getVolatile(this);
    if (!RING.compareAndSet(this, ready, 0x00ff_00ffL)) {
      throw new AssertionError("ring");
    }
    return entry;
  }

  /** Makes every source ready again. */
  void rearm() {
    Arrays.fill(pqs, 0);
    ring = 0x00ff_00ffL;
    line = false;
  }
}
