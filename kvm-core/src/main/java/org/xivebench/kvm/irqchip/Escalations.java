package org.xivebench.kvm.irqchip;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EndEsb;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.HostIrq;
import org.xivebench.xive.Pq;

/**
 * The host interrupts that tell of events for a vCPU which is not dispatched: one for each priority
 * or, with single escalation, one in all, which H_CEDE arms and guest entry masks.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.c, Linux v5.10.
 */
public final class Escalations {
  private Escalations() {}

  /**
   * Requests the escalation of a priority; does nothing if that has been done. The handler wakes
   * the vCPU.
   *
   * @throws ErrnoException EIO if the firmware's number names nothing; EBUSY if somebody else has
   *     requested it
   */
  public static void attach(XiveVcpu xc, int priority) throws ErrnoException {
    KvmXive xive = xc.xive();
    boolean single = xive.hasSingleEscalation();
    if (xc.escVirq[priority] != null || (single && isAttached(xc, xive))) {
      return;
    }
    Vcpu vcpu = xc.vcpu();
    String name =
        "kvm-" + xive.vm().lpid() + "-" + xc.serverNumber() + (single ? "" : "-" + priority);
    int hwIrq = xc.queue(priority).escIrq;
    HostIrq requested;
    try {
      requested = xive.host().hardware().requestHostIrq(hwIrq, name, vcpu::escalationFired);
    } catch (IllegalArgumentException e) {
      throw new ErrnoException(Errno.EIO, "no escalation 0x" + Integer.toHexString(hwIrq));
    }
    if (requested == null) {
      throw new ErrnoException(Errno.EBUSY, "the escalation has been requested: " + name);
    }
    Schedule.writes(xc);
    xc.escVirq[priority] = requested;
    if (single) {
      EndEsb esb = requested.escalation();
      esb.load(EsbOffset.SET_PQ_01);
      requested.setNoEoi();
      vcpu.setEscEsb(esb);
    }
  }

  /**
   * Returns whether another priority has requested the escalation that all share. Older kernels do
   * not look, and a second priority's queue fails with EBUSY.
   */
  private static boolean isAttached(XiveVcpu xc, KvmXive xive) {
    if (xive.vm().kernel().isBefore(KernelVersion.V6)) {
      return false;
    }
    for (HostIrq other : xc.escVirq) {
      if (other != null) {
        return true;
      }
    }
    return false;
  }

  /** Masks the single escalation, if it is armed, and forgets its address. */
  public static void mask(Vcpu vcpu) {
    EndEsb esb = vcpu.escEsb();
    if (vcpu.isEscOn() && esb != null) {
      esb.load(EsbOffset.SET_PQ_01);
      vcpu.setEscOn(false);
    }
    vcpu.setEscEsb(null);
  }

  /**
   * Frees the escalation of a priority, if there is one: waits for a handler that runs. Has to come
   * before the VP is disabled, which turns the END off: from then on it reads as all ones. Kernels
   * that take that for a set P bit wait for ever; here they are reported.
   *
   * @param fixStaleP whether P, which stays set after a single escalation has been handled, is
   *     declared stale first
   */
  public static void free(XiveVcpu xc, int priority, boolean fixStaleP) {
    HostIrq virq = xc.escalation(priority);
    if (virq == null) {
      return;
    }
    KvmXive xive = xc.xive();
    if (virq.escalation().pq() == Pq.INVALID && !xive.vm().has(KernelFix.ESB_ALL_ONES)) {
      xive.vm().reportStuck("free_irq", virq.name() + ", whose END is off: its P never clears");
    }
    if (fixStaleP && xive.hasSingleEscalation()) {
      virq.setStalePending(false);
      if (!xc.vcpu().isEscOn()) {
        virq.setStalePending(true);
      }
    }
    virq.free(xive.vm().has(KernelFix.STALE_P));
    Schedule.writes(xc);
    xc.escVirq[priority] = null;
  }
}
