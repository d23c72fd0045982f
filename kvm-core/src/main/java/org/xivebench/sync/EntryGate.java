package org.xivebench.sync;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The gate before guest entry: what {@code mmu_ready} is to the releaser, made whole. Every vCPU
 * owns a {@link Slot}; whoever closes the gate can wait until no slot is inside.
 *
 * <p>The handshake is Dekker's: the vCPU says that it is inside, then looks at the gate; the closer
 * closes the gate, then looks at the slots. Both are volatile, so at least one of them sees the
 * other. An entry costs one volatile store and one volatile read.
 */
public final class EntryGate {
  private static final VarHandle CLOSERS;

  static {
    try {
      CLOSERS = MethodHandles.lookup().findVarHandle(EntryGate.class, "closers", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final List<Slot> slots = new CopyOnWriteArrayList<>();
  private final WaitQueue opened;
  private final WaitQueue outside;

  /** How many want it closed: a release inside a swap closes a closed gate. */
  private volatile int closers;

  /** {@link System#nanoTime} when it was last closed. */
  private volatile long closedNanos;

  /**
   * @param name how schedules name this gate
   */
  public EntryGate(String name) {
    this(name, new WaitQueue(name + " open"), new WaitQueue(name + " all outside"));
  }

  /** With queues of a test's own. */
  EntryGate(String name, WaitQueue opened, WaitQueue outside) {
    this.name = name;
    this.opened = opened;
    this.outside = outside;
  }

  /** One vCPU's place at the gate. Entered and left by the thread that runs the vCPU only. */
  public static final class Slot {
    private final String name;
    private volatile boolean inside;

    private Slot(String name) {
      this.name = name;
    }

    /** Returns whether the vCPU is inside. */
    public boolean isInside() {
      return inside;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Makes a place for one more vCPU. */
  public Slot newSlot(String slotName) {
    Slot slot = new Slot(slotName);
    slots.add(slot);
    return slot;
  }

  /**
   * Goes inside, if the gate is open.
   *
   * @return whether the caller is inside
   */
  public boolean tryEnter(Slot slot) {
    Schedule.point(PointKind.GATE, this);
    slot.inside = true;
    Schedule.point(PointKind.GATE, this);
    if (closers == 0) {
      return true;
    }
    goOutside(slot);
    return false;
  }

  /** Goes outside, and tells a closer who waits for it. */
  public void leave(Slot slot) {
    goOutside(slot);
    if (closers != 0) {
      GateDrainEvent.commit(slot, System.nanoTime() - closedNanos);
    }
  }

  private void goOutside(Slot slot) {
    Schedule.point(PointKind.GATE, this);
    slot.inside = false;
    if (closers != 0) {
      outside.wakeAll();
    }
  }

  /**
   * Closes the gate: from now on {@link #tryEnter} fails, but who is inside stays inside. May be
   * called by several.
   */
  public void close() {
    Schedule.point(PointKind.GATE, this);
    if (closers == 0) {
      closedNanos = System.nanoTime();
    }
    int before = (int) CLOSERS.getAndAdd(this, 1);
    assert before >= 0;
  }

  /** Takes one {@link #close} back; the last one lets everybody in. */
  public void open() {
    Schedule.point(PointKind.GATE, this);
    int before = (int) CLOSERS.getAndAdd(this, -1);
    if (before <= 0) {
      throw new AssertionError(name + " was opened more often than closed");
    }
    if (before == 1) {
      opened.wakeAll();
    }
  }

  /** Returns whether somebody keeps the gate closed. */
  public boolean isClosed() {
    Schedule.reads(this);
    return closers != 0;
  }

  /**
   * Sleeps until the gate is open; it may be closed again when this returns.
   *
   * @param slot of the caller, who must be outside
   */
  public void awaitOpen(Slot slot) {
    GateWaitEvent event = new GateWaitEvent();
    event.begin();
    opened.await(() -> !isClosed());
    event.end();
    if (event.shouldCommit()) {
      event.vcpu = slot.toString();
      event.commit();
    }
  }

  /**
   * Sleeps until no vCPU is inside, or the time is up. The gate must be closed.
   *
   * @return whether nobody is inside
   */
  public boolean awaitOutside(long timeoutNanos) {
    if (closers == 0) {
      throw new AssertionError(name + " is open");
    }
    return outside.awaitNanos(this::isEmpty, timeoutNanos);
  }

  /** Returns the slots that are inside now. */
  public List<Slot> inside() {
    return slots.stream().filter(Slot::isInside).toList();
  }

  private boolean isEmpty() {
    Schedule.reads(this);
    for (Slot slot : slots) {
      if (slot.inside) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return name;
  }
}
