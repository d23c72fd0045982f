package org.xivebench.kvm.irqchip;

import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.HostIrq;

/**
 * What is kept for a vCPU that is connected: the kernel's {@code kvmppc_xive_vcpu}, called {@code
 * xc}. Freed when the vCPU is cleaned up; who got hold of it without a lock may come too late, and
 * the accessors tell.
 *
 * <p>A device adds what its mode needs in a class of its own. Set at connect: all but the queues
 * and their escalations.
 */
public class XiveVcpu implements Presenter {
  private final KvmXive xive;
  private final XiveDevice device;
  private final Vcpu vcpu;
  private final int serverNum;
  private final int vpId;
  private final Lifetime lifetime;
  private final XiveQueue[] queues = new XiveQueue[XiveQueue.COUNT];

  /** Host interrupts of the escalations; in single mode at most one is set. */
  final HostIrq[] escVirq = new HostIrq[XiveQueue.COUNT];

  /** Whether events may be targeted here. */
  private volatile boolean valid = true;

  private int vpChipId;

  /**
   * Made by a device that connects a vCPU.
   *
   * @param vpId from {@link KvmXive#computeVpId}
   */
  protected XiveVcpu(KvmXive xive, XiveDevice device, Vcpu vcpu, int serverNum, int vpId) {
    this.device = device;
    this.xive = xive;
    this.vcpu = vcpu;
    this.serverNum = serverNum;
    this.vpId = vpId;
    this.lifetime = new Lifetime(() -> "xc of " + vcpu + ", server " + serverNum);
    for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
      queues[priority] = new XiveQueue(vcpu, priority);
    }
  }

  /**
   * Returns what is connected to a vCPU, or null. Needs no lock; the object may have been freed by
   * the time it is used.
   */
  public static XiveVcpu of(Vcpu vcpu) {
    return vcpu.presenter() instanceof XiveVcpu xc ? xc : null;
  }

  /** Ends when the vCPU is cleaned up. */
  public final Lifetime lifetime() {
    return lifetime;
  }

  @Override
  public final int serverNumber() {
    lifetime.check();
    return serverNum;
  }

  @Override
  public final Device device() {
    lifetime.check();
    return device;
  }

  /** Returns the structure of the device. */
  public final KvmXive xive() {
    lifetime.check();
    return xive;
  }

  /** Returns the vCPU. */
  public final Vcpu vcpu() {
    lifetime.check();
    return vcpu;
  }

  /** Returns the VP. */
  public final int vpId() {
    lifetime.check();
    return vpId;
  }

  /** Returns the chip that the VP is on. */
  public final int vpChipId() {
    lifetime.check();
    return vpChipId;
  }

  void setVpChipId(int chip) {
    vpChipId = chip;
  }

  /**
   * Returns a queue.
   *
   * @param priority 0 to 7
   */
  public final XiveQueue queue(int priority) {
    lifetime.check();
    return queues[priority];
  }

  /** Returns the host's interrupt for the escalation of a priority, or null. */
  public final HostIrq escalation(int priority) {
    lifetime.check();
    Schedule.reads(this);
    return escVirq[priority];
  }

  /** Returns whether the host has an escalation of it; also when it has been freed. */
  boolean hasEscalation() {
    for (HostIrq each : escVirq) {
      if (each != null) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether events may be targeted here. */
  public final boolean isValid() {
    lifetime.check();
    Schedule.point(PointKind.READ, this);
    return valid;
  }

  /** Clean-up begins: from now on nothing is targeted here. */
  void invalidate() {
    lifetime.check();
    Schedule.point(PointKind.WRITE, this);
    valid = false;
  }

  /**
   * Reserves room for a source in the queue of a priority: {@code xive_try_pick_queue}.
   *
   * @return false if the vCPU is on its way out, has no such queue, or its queue is full
   */
  boolean tryPickQueue(int priority) {
    return isValid() && queue(priority).qpage() != null && queue(priority).tryCountUp();
  }

  @Override
  public final String toString() {
    return lifetime.toString();
  }
}
