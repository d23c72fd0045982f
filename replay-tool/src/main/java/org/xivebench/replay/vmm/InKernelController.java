package org.xivebench.replay.vmm;

import org.xivebench.kvm.device.DeviceFile;

/** A controller that KVM has: a device file, with what hangs on it. */
interface InKernelController extends InterruptController {

  /** Returns the descriptor. */
  DeviceFile file();

  /** Takes a controller back that could not be finished; what that throws is added to the cause. */
  static void disconnectAfter(Throwable cause, InKernelController half) {
    try {
      half.disconnect();
    } catch (RuntimeException | Error e) {
      cause.addSuppressed(e);
    }
  }
}
