package org.xivebench.kvm;

/**
 * KVM_RUN has failed: the guest did what KVM neither serves nor hands to the VMM. Thrown out of
 * {@link Vcpu#run}; the vCPU has left the guest as at any other exit. VMMs stop the machine then.
 */
public final class RunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Errno errno;

  RunException(ErrnoException cause) {
    super("KVM_RUN: " + cause.getMessage(), cause);
    this.errno = cause.errno();
  }

  /** Returns what the ioctl returns. */
  public Errno errno() {
    return errno;
  }
}
