package org.xivebench.kvm.irqchip;

import java.util.concurrent.atomic.AtomicInteger;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;

/**
 * One event queue of a presenter, as software keeps it: the kernel's {@code xive_q}. Part of its
 * {@link XiveVcpu}, and freed with it; the page has a life of its own.
 */
public final class XiveQueue {
  /** Priorities, and so queues, of a vCPU. */
  public static final int COUNT = 8;

  /** How many entries stay unused, so that a queue never looks empty when it is full. */
  private static final int GAP = 2;

  private volatile QueuePage qpage;

  /** Index mask of the entries; 0 without a queue. */
  public volatile int msk;

  /** Software's position; stays 0 where the guest reads the queue. */
  public volatile int idx;

  /** Generation that an entry must differ from to be new. */
  public volatile int toggle;

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

  XiveQueue() {}

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

  /** Counts one more source in, unless the queue has as many as it can keep entries of. */
  boolean tryCountUp() {
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
    int now;
    do {
      now = count.get();
      if (now == 0) {
        return;
      }
    } while (!count.compareAndSet(now, now - 1));
  }
}
