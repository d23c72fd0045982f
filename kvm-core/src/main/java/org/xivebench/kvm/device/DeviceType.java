package org.xivebench.kvm.device;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vm;

/**
 * A kind of device that {@code KVM_CREATE_DEVICE} can make: what the kernel's {@code
 * kvm_device_ops} is to a type number. A backend bundle registers one as an OSGi service; nothing
 * else of the bundle is seen outside.
 *
 * <p>Source: virt/kvm/kvm_main.c, Linux v5.10.
 */
public interface DeviceType {

  /** Returns the name that users give it: {@code xive-native}, {@code xics-on-xive}. */
  String name();

  /**
   * Returns the name of its descriptors, as the kernel has it: {@code kvm-xive-native}, {@code
   * kvm-xive}.
   */
  String opsName();

  /** Returns the KVM device type number. */
  int type();

  /** Returns what {@code vcpu.arch.irq_type} is on a vCPU connected to such a device. */
  IrqType irqType();

  /** Returns the capability by which a vCPU is connected to such a device. */
  int connectCapability();

  /**
   * Makes a device and publishes it as the VM's interrupt controller ({@link Vm#publishIrqchip}).
   * Called with {@code Vm.lock} held.
   *
   * @throws ErrnoException EEXIST if the VM has an interrupt controller, ENOMEM, or what the kernel
   *     returns; nothing is left behind
   */
  Device create(Vm vm) throws ErrnoException;

  /** Returns what saves and restores interrupt state through the interface of such devices. */
  StateCarrier carrier();
}
