package org.xivebench.replay.vmm;

/** What interrupt controller a machine offers its guest: QEMU's {@code ic-mode}. */
public enum InterruptMode {
  /** XICS only. */
  XICS,
  /** XIVE only. */
  XIVE,
  /** XICS until the guest negotiates XIVE by client-architecture-support, or until a swap. */
  DUAL
}
