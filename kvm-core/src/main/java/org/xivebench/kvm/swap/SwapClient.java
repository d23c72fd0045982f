package org.xivebench.kvm.swap;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext;

/**
 * The VMM's part in a swap. Called with {@code Vm.swapLock} held and every vCPU outside the guest;
 * the lock is the one under which a VMM serves exits, so nothing of it runs beside.
 */
public interface SwapClient {

  /** Returns the file of the device that the VM has now, or null when it is detached. */
  DeviceFile file();

  /**
   * Takes the device's pages out of the guest, unmaps them and closes the descriptor; calls in
   * progress may outlast it.
   */
  void disconnect();

  /**
   * Creates a device, connects every vCPU, makes the sources known and maps the pages into the
   * guest.
   *
   * @return the new file
   * @throws ErrnoException as the device says; then nothing of the new device is left
   */
  DeviceFile connect(DeviceType type) throws ErrnoException;

  /** Returns what the guest and the VMM know about interrupts. */
  GuestContext guest();
}
