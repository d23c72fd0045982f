package org.xivebench.kvm.uapi;

/**
 * Attributes of a KVM_DEV_TYPE_XICS device.
 *
 * <p>Source: arch/powerpc/include/uapi/asm/kvm.h and Documentation/virt/kvm/devices/xics.rst, Linux
 * v5.10.
 */
public final class XicsUapi {
  /** Group of the sources; the attribute is the source's number, the payload a 64-bit word. */
  public static final int KVM_DEV_XICS_GRP_SOURCES = 1;

  /** Group of what concerns the whole device. */
  public static final int KVM_DEV_XICS_GRP_CTRL = 2;

  /** Of the group CTRL: how many servers there will be; the payload is a 32-bit number. */
  public static final int KVM_DEV_XICS_NR_SERVERS = 1;

  /** The first number that a source can have. */
  public static final int FIRST_SOURCE = 16;

  /** Source numbers are below this. */
  public static final int SOURCE_COUNT = 0x100000;

  private XicsUapi() {}
}
