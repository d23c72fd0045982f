package org.xivebench.kvm.device;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vm;

/**
 * Saves and restores interrupt state through the interface of one kind of device: attributes,
 * one_reg, mapped pages and guest memory. Called with every vCPU outside and injection held.
 */
public interface StateCarrier {

  /**
   * Saves, and leaves the device as it was: the swap may be given up, and the guest go on with it.
   *
   * @throws ErrnoException if the device refuses a call
   */
  InterruptState capture(Vm vm, DeviceFile file, GuestContext guest) throws ErrnoException;

  /**
   * Restores into a new device whose vCPUs are connected, whose pages are mapped and whose sources
   * exist. Afterwards every event that was waiting will be presented, every one in service accepts
   * its EOI, and every {@code queued} one comes after that.
   *
   * @throws ErrnoException if the device refuses a call
   */
  void restore(Vm vm, DeviceFile file, GuestContext guest, InterruptState state)
      throws ErrnoException;
}
