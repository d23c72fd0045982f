package org.xivebench.kvm.device;

import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.uapi.OneReg;

/**
 * An in-kernel interrupt controller of one VM: the kernel's {@code kvm_device} with its operations.
 *
 * <p>Attribute calls, {@link #mmap} and {@link #fault} come through a {@link DeviceFile} that holds
 * a reference, from any thread, with no lock. The methods that say "release step" are called by the
 * release protocol only, in its order.
 */
public interface Device {

  /** Returns the type that made it. */
  DeviceType deviceType();

  /** Makes the debugfs file. Called after {@code create}, without {@code Vm.lock}. */
  void init();

  /**
   * KVM_SET_DEVICE_ATTR.
   *
   * @param group attribute group
   * @param attr attribute in the group
   * @param user the payload, as user memory
   * @throws ErrnoException EPERM from a device without attributes to set; ENXIO for one that it
   *     does not have; else what the attribute's description says
   */
  default void setAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    throw new ErrnoException(Errno.EPERM, "no attributes to set");
  }

  /**
   * KVM_GET_DEVICE_ATTR.
   *
   * @throws ErrnoException as {@link #setAttr}
   */
  default void getAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    throw new ErrnoException(Errno.EPERM, "no attributes to get");
  }

  /**
   * KVM_HAS_DEVICE_ATTR.
   *
   * @throws ErrnoException EPERM from a device without attributes to ask for; ENXIO if it does not
   *     have it
   */
  default void hasAttr(int group, long attr) throws ErrnoException {
    throw new ErrnoException(Errno.EPERM, "no attributes to ask for");
  }

  /**
   * Checks a request to map pages.
   *
   * @param pageOffset in 64 KiB pages from the start of the device file
   * @param pages how many
   * @throws ErrnoException ENODEV if it maps nothing; EINVAL for pages that it does not have
   */
  default void mmap(DeviceMapping mapping, long pageOffset, long pages) throws ErrnoException {
    throw new ErrnoException(Errno.ENODEV, "no pages to map");
  }

  /**
   * A page fault in a mapping.
   *
   * @param pageOffset of the page from the start of the device file, as {@link #mmap} counts
   * @return the page, or null for SIGBUS
   */
  default IoPage fault(long pageOffset) {
    return null;
  }

  /**
   * Connects a vCPU to this device (KVM_ENABLE_CAP). {@code Vcpu.mutex} is held, and a reference to
   * the file.
   *
   * @param server the number by which the guest knows the vCPU
   * @throws ErrnoException as the kernel's {@code connect_vcpu}
   */
  void connectVcpu(Vcpu vcpu, int server) throws ErrnoException;

  /** KVM_GET_ONE_REG of an interrupt register. {@code Vcpu.mutex} is held. */
  OneReg getOneReg(Vcpu vcpu, long id) throws ErrnoException;

  /** KVM_SET_ONE_REG of an interrupt register. {@code Vcpu.mutex} is held. */
  void setOneReg(Vcpu vcpu, long id, OneReg value) throws ErrnoException;

  /**
   * An interrupt hypercall of a vCPU whose context is pushed. Arguments are in {@link Vcpu#gpr}(4)
   * and up; results go there.
   *
   * @return R3, or {@code H_TOO_HARD} if the VMM has to serve it
   */
  long hypercall(Vcpu vcpu, int opcode);

  /**
   * Sets an interrupt line, or sends an edge: {@code kvm_set_irq}. Takes no lock and may be called
   * from any context.
   *
   * @param irq guest interrupt number
   * @param level 0, 1 or one of {@code KVM_INTERRUPT_*}
   * @throws ErrnoException EINVAL for no such source, or one that is passed through
   */
  void setIrq(int irq, int level) throws ErrnoException;

  /** Routes a host interrupt to a guest source. {@code Vm.lock} is held. */
  void setMapped(int guestIrq, int hostIrq) throws ErrnoException;

  /** Takes {@link #setMapped} back. {@code Vm.lock} is held. */
  void clrMapped(int guestIrq, int hostIrq) throws ErrnoException;

  /** RTAS ibm,set-xive. */
  void setXive(int irq, int server, int priority) throws ErrnoException;

  /** RTAS ibm,get-xive. */
  ServerPriority getXive(int irq) throws ErrnoException;

  /** RTAS ibm,int-off. */
  void intOff(int irq) throws ErrnoException;

  /** RTAS ibm,int-on. */
  void intOn(int irq) throws ErrnoException;

  /** Where a source is routed to. */
  record ServerPriority(int server, int priority) {}

  /**
   * Release step: forgets the address space through which pages are unmapped. {@code Vm.lock} is
   * held.
   */
  void clearMapping();

  /** Release step: removes the debugfs file; returns when no reader is inside. */
  void removeDebugfs();

  /**
   * Release step: takes everything of this device off a vCPU and frees it. Does nothing to a vCPU
   * not connected to it.
   */
  void cleanUpVcpu(Vcpu vcpu);

  /** Release step: frees the sources. No vCPU is connected any more. */
  void freeSources();

  /** Release step: gives the VP block back. */
  void freeVpBlock();

  /** Release step, the last: the {@code kvm_device} itself is freed. */
  void free();
}
