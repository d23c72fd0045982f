package org.xivebench.kvm;

/**
 * Unwinds a guest program whose vCPU is told to leave KVM_RUN; caught by {@link Vcpu#run}. One,
 * without a stack.
 */
final class GuestStopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  GuestStopped() {
    super("the vCPU was told to stop", null, false, false);
  }
}
