package org.xivebench.xics;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.irqchip.Escalations;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.QueuePage;
import org.xivebench.kvm.irqchip.XiveQueue;

/**
 * The queues behind XICS: one for each vCPU and priority, made for all vCPUs when a priority is
 * first used, and kept until the vCPUs are cleaned up. The guest never sees them.
 *
 * <p>With the queue of priority 0 the duty to end the IPI sources changes hands: without a page
 * every fetch ends the source blindly, with one the fetch that takes its entry does. So a page is
 * published last, when all else is done, and a scan looks at it once.
 *
 * <p>Source: {@code xive_check_provisioning} and {@code xive_provision_queue} of
 * arch/powerpc/kvm/book3s_xive.c, Linux v5.10.
 */
final class XicsQueues {
  /** log2 of a queue's bytes: what a host with 64 KiB pages takes for its own queues. */
  static final int ORDER = 16;

  private final KvmXive xive;

  /** Priorities that have queues, 1 &lt;&lt; p. Guarded by {@code xive->lock}. */
  private int provisioned;

  XicsQueues(KvmXive xive) {
    this.xive = xive;
  }

  /**
   * Makes the queues of a priority, if that has not been done.
   *
   * @param priority 0 to 6
   * @throws ErrnoException EIO if the firmware refuses; queues that were made stay
   */
  void checkProvisioning(int priority) throws ErrnoException {
    // Before v5.2 this is kvm->lock, which an RTAS call holds already.
    boolean held = xive.lock.isHeldByCurrentThread();
    if (!held) {
      xive.lock.lock();
    }
    try {
      if (isProvisioned(priority)) {
        return;
      }
      for (Vcpu vcpu : xive.vm().vcpus()) {
        if (vcpu.presenter() instanceof XicsVcpu xc) {
          provision(xc, priority);
        }
      }
      provisioned |= 1 << priority;
    } finally {
      if (!held) {
        xive.lock.unlock();
      }
    }
  }

  /** Returns whether there are queues of a priority. {@code xive->lock} is held. */
  boolean isProvisioned(int priority) {
    return (provisioned & 1 << priority) != 0;
  }

  /**
   * Makes one queue, with its escalation unless the vCPU has one for all priorities.
   *
   * @throws ErrnoException EIO if the firmware refuses
   */
  void provision(XicsVcpu xc, int priority) throws ErrnoException {
    XiveQueue queue = xc.queue(priority);
    if (queue.qpage() != null) {
      return; // made by an attempt that failed at a later vCPU
    }
    QueuePage page =
        QueuePage.ofHost(
            ORDER, "queue page of server " + xc.serverNumber() + ", priority " + priority);
    long address = (long) (xc.vpId() << 3 | priority) << ORDER;
    xive.host().configureQueue(xc.vpId(), priority, queue, page, address, ORDER, true);
    if (!xive.hasSingleEscalation()) {
      attachIgnoringErrors(xc, priority);
    }
  }

  private static void attachIgnoringErrors(XicsVcpu xc, int priority) {
    try {
      Escalations.attach(xc, priority);
    } catch (ErrnoException unattached) {
      // As the kernel: the queue works without, but does not wake a vCPU that sleeps.
    }
  }
}
