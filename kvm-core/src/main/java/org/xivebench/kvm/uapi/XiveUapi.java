package org.xivebench.kvm.uapi;

/**
 * Attributes and mappings of a KVM_DEV_TYPE_XIVE device.
 *
 * <p>Source: arch/powerpc/include/uapi/asm/kvm.h and Documentation/virt/kvm/devices/xive.rst, Linux
 * v5.10.
 */
public final class XiveUapi {
  /** Group of what concerns the whole device. */
  public static final int KVM_DEV_XIVE_GRP_CTRL = 1;

  /** Of the group CTRL: forgets all targets and queues. */
  public static final int KVM_DEV_XIVE_RESET = 1;

  /** Of the group CTRL: returns when all events on their way are in their queues. */
  public static final int KVM_DEV_XIVE_EQ_SYNC = 2;

  /** Of the group CTRL: how many servers there will be; the payload is a 32-bit number. */
  public static final int KVM_DEV_XIVE_NR_SERVERS = 3;

  /** Makes a source; the attribute is its number, the payload 64 bits. */
  public static final int KVM_DEV_XIVE_GRP_SOURCE = 2;

  /** Payload of SOURCE: level-sensitive. */
  public static final long KVM_XIVE_LEVEL_SENSITIVE = 1;

  /** Payload of SOURCE: the line is up. */
  public static final long KVM_XIVE_LEVEL_ASSERTED = 2;

  /** Routes a source; the attribute is its number, the payload a {@link SourceConfigWord}. */
  public static final int KVM_DEV_XIVE_GRP_SOURCE_CONFIG = 3;

  /** Configures a queue; the attribute is an {@link EqIdWord}, the payload an {@link EqConfig}. */
  public static final int KVM_DEV_XIVE_GRP_EQ_CONFIG = 4;

  /** Waits for a source's events; the attribute is its number. */
  public static final int KVM_DEV_XIVE_GRP_SOURCE_SYNC = 5;

  /** Page of the device file at which the TIMA's four pages begin. */
  public static final int KVM_XIVE_TIMA_PAGE_OFFSET = 0;

  /** Page of the device file at which the ESB pages begin, two for each source. */
  public static final int KVM_XIVE_ESB_PAGE_OFFSET = 4;

  private XiveUapi() {}
}
