package org.xivebench.kvm.irqchip;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import org.xivebench.kvm.Vcpu;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.QueueEntry;

/**
 * One event queue of a presenter, as software keeps it: the kernel's {@code xive_q}. Part of its
 * {@link XiveVcpu}, and freed with it; the page has a life of its own.
 */
public final class XiveQueue {
  /** Priorities, and so queues, of a vCPU. */
  public static final int COUNT = 8;

  /** No data, which are of 31 bits. */
  public static final int NO_ENTRY = -1;

  /** How many entries stay unused, so that a queue never looks empty when it is full. */
  private static final int GAP = 2;

  private static final int TOGGLE = 1 << 31;

  private static final VarHandle POSITION;

  static {
    try {
      POSITION = MethodHandles.lookup().findVarHandle(XiveQueue.class, "position", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Vcpu vcpu;
  private final int priority;

  private volatile QueuePage qpage;

  /** Index mask of the entries; 0 without a queue. */
  public volatile int msk;

  @SuppressWarnings("unused") // accessed through POSITION
  private int position;

  /** Hardware number of the escalation, as the firmware told it. */
  int escIrq;

  /** How many sources are targeted at this queue. */
  public final AtomicInteger count = new AtomicInteger();

  /** How many sources have left it, but may still have an entry in it. */
  public final AtomicInteger pendingCount = new AtomicInteger();

  /** Guest physical address, as the guest gave it; 0 without one. */
  public volatile long guestQaddr;

  /** log2 of the bytes, as the guest gave it; 0 without a queue. */
  public volatile int guestQshift;

  /**
   * @param vcpu whose queue it is
   */
  XiveQueue(Vcpu vcpu, int priority) {
    this.vcpu = vcpu;
    this.priority = priority;
  }

  /** Returns the page, or null. Take it once for a walk through the queue: it may change. */
  public QueuePage qpage() {
    Schedule.point(PointKind.READ, this);
    return qpage;
  }

  /** Publishes a page, after everything else of the queue has been set; or takes it away. */
  public void setQpage(QueuePage page) {
    Schedule.point(PointKind.WRITE, this);
    qpage = page;
  }

  /**
   * Returns software's position: in bit 31 the generation that an entry must differ from to be new,
   * below the index. Stays 0 where the guest reads the queue.
   */
  public int position() {
    Schedule.reads(this);
    return (int) POSITION.getOpaque(this);
  }

  /** Moves software's position. For the thread that reads the queue; others look at it at times. */
  public void setPosition(int newPosition) {
    Schedule.writes(this);
    POSITION.setRelease(this, newPosition);
  }

  /** Returns the position behind one. */
  public int after(int at) {
    int next = (at & TOGGLE) | ((at + 1) & msk);
    return indexOf(next) == 0 ? next ^ TOGGLE : next;
  }

  /** Returns the index of a position. */
  public static int indexOf(int position) {
    return position & ~TOGGLE;
  }

  /** Returns the generation of a position: 0 or 1. */
  public static int toggleOf(int position) {
    return position >>> 31;
  }

  /** Returns the data of the entry at a position, or {@link #NO_ENTRY} if that is not new. */
  public static int dataAt(QueuePage page, int position) {
    int entry = page.entry(indexOf(position));
    return QueueEntry.GENERATION.get(entry) == toggleOf(position)
        ? NO_ENTRY
        : QueueEntry.DATA.get(entry);
  }

  /** Counts one more source in, unless the queue has as many as it can keep entries of. */
  boolean tryCountUp() {
    Schedule.writes(this);
    int most = msk + 1 - GAP;
    int now;
    do {
      now = count.get();
      if (now >= most) {
        return false;
      }
    } while (!count.compareAndSet(now, now + 1));
    return true;
  }

  /** Counts a source out, whose entry, if there is one, the guest takes by itself. */
  public void countDown() {
    Schedule.writes(this);
    int now;
    do {
      now = count.get();
      if (now == 0) {
        return;
      }
    } while (!count.compareAndSet(now, now - 1));
  }

  @Override
  public String toString() {
    return "queue " + priority + " of " + vcpu;
  }
}
