package org.xivebench.kvm.device;

/**
 * What a device attaches to a vCPU that is connected to it: the kernel's {@code
 * vcpu->arch.xive_vcpu}. The core only passes it around; it is freed when the device cleans the
 * vCPU up.
 */
public interface Presenter {

  /** Returns the number by which the guest knows the vCPU. */
  int serverNumber();

  /** Returns the device that attached it. */
  Device device();
}
