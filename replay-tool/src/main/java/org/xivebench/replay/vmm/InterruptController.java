package org.xivebench.replay.vmm;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;

/**
 * The interrupt controller that a machine has at a moment. Called with {@code Vm.swapLock} held, as
 * QEMU calls its controllers with the big lock held.
 */
interface InterruptController {

  /** Returns which of the two it is to the guest. */
  IrqType mode();

  /** A number that was free belongs to a device now. */
  void claim(MachineSource source) throws ErrnoException;

  /** A number is free again: its events go nowhere. */
  void free(MachineSource source);

  /** A device sends its MSI. */
  void trigger(MachineSource source) throws ErrnoException;

  /** A device drives its line; {@link MachineSource#isAsserted} says the new level already. */
  void driveLine(MachineSource source) throws ErrnoException;

  /** Gives everything back. */
  void disconnect();
}
