package org.xivebench.kvm.uapi;

/**
 * Numbers of the KVM user ABI that are not peculiar to one device.
 *
 * <p>Source: include/uapi/linux/kvm.h and arch/powerpc/include/uapi/asm/kvm.h, Linux v5.10.
 */
public final class KvmUapi {
  public static final int KVM_DEV_TYPE_XICS = 3;
  public static final int KVM_DEV_TYPE_XIVE = 9;

  public static final int KVM_CAP_IRQ_XICS = 92;
  public static final int KVM_CAP_PPC_IRQ_XIVE = 169;

  /** Flag of KVM_CREATE_DEVICE: only asks whether there is such a type. */
  public static final int KVM_CREATE_DEVICE_TEST = 1;

  /** Request of a device file's ioctl, as powerpc numbers it. */
  public static final int KVM_SET_DEVICE_ATTR = 0x8018aee1;

  /** Request of a device file's ioctl, as powerpc numbers it. */
  public static final int KVM_GET_DEVICE_ATTR = 0x8018aee2;

  /** Request of a device file's ioctl, as powerpc numbers it. */
  public static final int KVM_HAS_DEVICE_ATTR = 0x8018aee3;

  /** XICS interrupt presentation state, 64 bits. */
  public static final long KVM_REG_PPC_ICP_STATE = 0x103000000000008cL;

  /** XIVE virtual processor state, 128 bits. */
  public static final long KVM_REG_PPC_VP_STATE = 0x104000000000008dL;

  /** Level of KVM_IRQ_LINE: an edge, on a source of either kind. */
  public static final int KVM_INTERRUPT_SET = 0xffffffff;

  /** Level of KVM_IRQ_LINE: the line goes down. */
  public static final int KVM_INTERRUPT_UNSET = 0xfffffffe;

  /** Level of KVM_IRQ_LINE: the line goes up and stays there. */
  public static final int KVM_INTERRUPT_SET_LEVEL = 0xfffffffd;

  /** Most vCPUs of a VM: NR_CPUS of a distribution kernel. */
  public static final int KVM_MAX_VCPUS = 2048;

  /** vCPU ids are below this: eight hardware threads for each possible CPU. */
  public static final int KVM_MAX_VCPU_ID = 8 * KVM_MAX_VCPUS;

  private KvmUapi() {}
}
