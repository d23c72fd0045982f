package org.xivebench.replay.vmm;

import org.xivebench.kvm.device.DeviceFile;

/** A controller that KVM has: a device file, with what hangs on it. */
interface InKernelController extends InterruptController {

  /** Returns the descriptor. */
  DeviceFile file();
}
