package org.xivebench.xive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * An interrupt that the host handles itself: a VP's escalation, or a device's before it is passed
 * through. Requested at {@link Xive#requestHostIrq}; its handler runs on the thread whose access
 * caused the event.
 *
 * <p>After the handler the host ends the interrupt, unless {@link #setNoEoi} says that the owner
 * re-arms it: then it fires once per arming.
 */
public final class HostIrq {
  private static final VarHandle RUNNING;
  private static final VarHandle QUEUED;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RUNNING = lookup.findVarHandle(HostIrq.class, "running", int.class);
      QUEUED = lookup.findVarHandle(HostIrq.class, "queued", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Xive xive;
  private final int hwIrq;
  private final String name;
  private final Runnable handler;
  private final EsbSource source;
  private final EndEsb escalation;
  private final Lifetime lifetime;
  private volatile boolean noEoi;
  private volatile boolean freed;

  /** Freed without waiting for events in the host's queue. */
  private volatile boolean leavesQueued;

  private volatile boolean stalePending;
  private volatile Thread handling;

  @SuppressWarnings("unused") // accessed through RUNNING
  private int running;

  /** Events in the host's queue: the processor has not taken them yet. */
  @SuppressWarnings("unused") // accessed through QUEUED
  private int queued;

  HostIrq(
      Xive xive, int hwIrq, String name, Runnable handler, EsbSource source, EndEsb escalation) {
    this.xive = xive;
    this.hwIrq = hwIrq;
    this.name = name;
    this.handler = handler;
    this.source = source;
    this.escalation = escalation;
    this.lifetime = new Lifetime(() -> "host irq " + name);
  }

  /** Returns the hardware number. */
  public int hwIrq() {
    return hwIrq;
  }

  /** Returns the name that it was requested under. */
  public String name() {
    return name;
  }

  /** Returns the mapping of the escalation's ESB page, or null for a source's interrupt. */
  public EndEsb escalation() {
    return escalation;
  }

  /** Says that the owner ends the interrupt (XIVE_IRQ_NO_EOI). */
  public void setNoEoi() {
    noEoi = true;
  }

  /**
   * Says whether P is set in hardware while no event of it is on its way to a handler: what the
   * kernel keeps as {@code stale_p}.
   */
  public void setStalePending(boolean stale) {
    Schedule.writes(this);
    stalePending = stale;
  }

  /**
   * Returns whether the interrupt counts as in flight: a handler runs, or P is set and not known to
   * be stale. An END that is no longer valid reads as all ones, which has P set.
   */
  public boolean isActive() {
    Schedule.reads(this);
    return !stalePending && ((int) RUNNING.getVolatile(this) != 0 || (pq() & Pq.P) != 0);
  }

  private int pq() {
    return escalation != null ? escalation.pq() : source.pq();
  }

  /** An event arrives in the host's queue, the processor takes it, and the handler runs. */
  void fire() {
    Schedule.point(PointKind.HARDWARE, this);
    RUNNING.getAndAdd(this, 1);
    if ((int) QUEUED.getAndAdd(this, 1) != 0) {
      Invariants.broken("I8", "the host's queue has two entries of " + this);
    }
    try {
      Schedule.point(PointKind.HARDWARE, this);
      QUEUED.getAndAdd(this, -1);
      if (leavesQueued) {
        lifetime.check(); // the host looks the number up, and finds a descriptor that is gone
      }
      if (!freed) {
        handling = Thread.currentThread();
        handler.run();
        if (!noEoi) {
          endOfInterrupt();
        }
        Schedule.writes(this);
        handling = null;
      }
    } finally {
      Schedule.writes(this);
      RUNNING.getAndAdd(this, -1);
    }
  }

  private void endOfInterrupt() {
    if (escalation != null) {
      // No trigger page: what came meanwhile is covered by the handler that just ran.
      escalation.load(EsbOffset.SET_PQ_00);
    } else if (source.isLsi()) {
      source.loadManagement(EsbOffset.LOAD_EOI);
    } else if ((source.loadManagement(EsbOffset.SET_PQ_00) & Pq.Q) != 0) {
      source.trigger();
    }
  }

  /**
   * Masks the interrupt, waits for a handler that runs, and disposes the mapping. After this no
   * handler starts.
   *
   * @throws AssertionError if called by the handler itself
   */
  public void free() {
    free(true);
  }

  /**
   * Frees the interrupt.
   *
   * @param waitForQueued whether events in the host's queue are waited for too; kernels that do not
   *     may fetch one of an interrupt that is gone
   */
  public void free(boolean waitForQueued) {
    if (handling == Thread.currentThread()) {
      throw new AssertionError(name + " is freed by its own handler");
    }
    if (escalation != null) {
      escalation.load(EsbOffset.SET_PQ_01);
    } else {
      source.loadManagement(EsbOffset.SET_PQ_01);
    }
    Schedule.writes(this);
    freed = true;
    Schedule.point(PointKind.WAIT, this);
    if (waitForQueued && (int) RUNNING.getVolatile(this) != 0) {
      Schedule.spinUntil(() -> (int) RUNNING.getVolatile(this) == 0, this);
    } else if (handling != null) {
      Schedule.spinUntil(() -> handling == null, this);
    }
    xive.forgetHostIrq(this);
    Schedule.writes(this);
    leavesQueued = !waitForQueued;
    lifetime.free("free_irq");
    if (escalation != null) {
      escalation.lifetime().free("free_irq " + name);
    }
  }

  @Override
  public String toString() {
    return "host irq " + name;
  }
}
