package org.xivebench.replay.vmm;

import java.util.HashMap;
import java.util.Map;
import org.xivebench.kvm.ErrnoException;

/**
 * The MSIs of the devices behind PCI host bridge 0: {@code ibm,change-msi} and {@code
 * ibm,query-interrupt-source-number}. Each device has one MSI, and had it before the guest started.
 *
 * <p>Source: PAPR 7.3.10.5; the errors as QEMU 7.2 answers. The devices lie in slots 9 to 16.
 */
final class PciMsis {
  private static final int BUID_HIGH = 0x0800_0000;
  private static final int BUID_LOW = 0x2000_0000;
  private static final int FIRST_SLOT = 9;
  private static final int SLOT_SHIFT = 11;

  private static final int CHANGE_MSI = 3;
  private static final int TYPE_MSI = 1;
  private static final int EDGE = 1;

  static final int SUCCESS = 0;
  static final int HARDWARE_ERROR = -1;
  static final int PARAMETER_ERROR = -3;

  /** Told when a number changes hands. */
  interface Listener {
    void claimed(MachineSource source) throws ErrnoException;

    void freed(MachineSource source);
  }

  private final InterruptMap interrupts;
  private final Listener listener;

  /** The MSI of each device, by configuration address; 0 for a device without one. */
  private final Map<Integer, Integer> msis = new HashMap<>();

  PciMsis(InterruptMap interrupts, Listener listener) {
    this.interrupts = interrupts;
    this.listener = listener;
    int slot = FIRST_SLOT;
    for (MachineSource source : interrupts.sources()) {
      if (source.number() >= InterruptMap.FIRST_MSI && !source.isLsi()) {
        msis.put(slot++ << SLOT_SHIFT, source.number());
      }
    }
  }

  /** Serves ibm,change-msi. Returns the status. */
  int change(int[] arguments, int[] returns) {
    if (arguments.length != 6 || returns.length < 3) {
      return PARAMETER_ERROR;
    }
    int device = arguments[0];
    if (!isDevice(device, arguments[1], arguments[2]) || arguments[3] != CHANGE_MSI) {
      return PARAMETER_ERROR;
    }
    int old = msis.get(device);
    if (arguments[4] == 0) {
      if (old == 0) {
        return HARDWARE_ERROR;
      }
      release(device, old);
      returns[1] = 0;
      return SUCCESS;
    }
    int number = interrupts.freeMsi();
    if (number < 0) {
      return HARDWARE_ERROR;
    }
    try {
      listener.claimed(interrupts.claimMsi(number));
    } catch (ErrnoException e) {
      interrupts.source(number).setClaimed(false);
      return HARDWARE_ERROR;
    }
    if (old != 0) {
      release(device, old);
    }
    msis.put(device, number);
    returns[1] = 1;
    returns[2] = arguments[5] + 1;
    if (returns.length > 3) {
      returns[3] = TYPE_MSI;
    }
    return SUCCESS;
  }

  private void release(int device, int number) {
    MachineSource source = interrupts.source(number);
    source.setClaimed(false);
    listener.freed(source);
    msis.put(device, 0);
  }

  /** Serves ibm,query-interrupt-source-number. Returns the status. */
  int query(int[] arguments, int[] returns) {
    if (arguments.length != 4 || returns.length < 3) {
      return PARAMETER_ERROR;
    }
    if (!isDevice(arguments[0], arguments[1], arguments[2])) {
      return PARAMETER_ERROR;
    }
    int number = msis.get(arguments[0]);
    if (number == 0 || arguments[3] != 0) {
      return HARDWARE_ERROR;
    }
    returns[1] = number;
    returns[2] = EDGE;
    return SUCCESS;
  }

  private boolean isDevice(int device, int buidHigh, int buidLow) {
    return buidHigh == BUID_HIGH && buidLow == BUID_LOW && msis.containsKey(device);
  }
}
