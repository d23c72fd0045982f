package org.xivebench.replay.guest;

import org.xivebench.kvm.GuestCpu;

/**
 * One mode's way of doing what the guest kernel wants of an interrupt controller. Without state of
 * its own: that is the vCPU's and the guest's. Each method does at most a few operations, and may
 * be left between any two of them by a change of mode; called again in that mode or the other, it
 * begins anew.
 */
interface InterruptDriver {
  /** Whether there is reason to accept an interrupt now. */
  boolean wantsToAccept(GuestCpu cpu, GuestVcpu vcpu);

  /** Acknowledges, and puts what was found in service. */
  void accept(GuestCpu cpu, GuestVcpu vcpu);

  /** Goes on with a frame that is neither handled nor to be ended. */
  void advance(GuestCpu cpu, GuestVcpu vcpu, Frame frame);

  /** Ends the interrupt of the topmost frame. */
  void end(GuestCpu cpu, GuestVcpu vcpu, Frame frame);

  /**
   * Nothing is in service: gets the controller ready for the next interrupt.
   *
   * @return whether there was nothing to do, so that the vCPU may sleep
   */
  boolean readyToSleep(GuestCpu cpu, GuestVcpu vcpu);

  /** Sends an IPI. */
  void sendIpi(GuestCpu cpu, GuestVcpu vcpu, int targetServer);

  /** Routes a source to a server, and masks or unmasks it. The descriptor is locked. */
  void configure(GuestCpu cpu, GuestVcpu vcpu, IrqDescriptor irq, int server, boolean masked);

  /** What a vCPU does when it comes up. */
  void bringUp(GuestCpu cpu, GuestVcpu vcpu);
}
