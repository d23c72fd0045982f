package org.xivebench.kvm.uapi;

import org.xivebench.xive.BitField64;

/**
 * State of a XICS source, payload of {@link XicsUapi#KVM_DEV_XICS_GRP_SOURCES}. Bits with 0 the
 * least significant.
 *
 * <pre>
 *    63-45    44       43        42       41      40      39-32      31-0
 *  |   -   | QUEUED | PRESENTED | PENDING | MASKED | LEVEL | priority | destination |
 * </pre>
 *
 * <p>Source: Documentation/virt/kvm/devices/xics.rst, Linux v5.10.
 */
public final class XicsSourceWord {
  /** Server number. */
  public static final BitField64 DESTINATION = BitField64.lsb(31, 0);

  /** Priority; of a masked source the one to go back to. */
  public static final BitField64 PRIORITY = BitField64.lsb(39, 32);

  /** The source is level-sensitive. */
  public static final BitField64 LEVEL_SENSITIVE = BitField64.lsb(40, 40);

  /** The source is masked. */
  public static final BitField64 MASKED = BitField64.lsb(41, 41);

  /** MSI: an interrupt waits. LSI: the line is up. */
  public static final BitField64 PENDING = BitField64.lsb(42, 42);

  /** An interrupt has been presented and not ended: P. */
  public static final BitField64 PRESENTED = BitField64.lsb(43, 43);

  /** One more came since: Q. */
  public static final BitField64 QUEUED = BitField64.lsb(44, 44);

  /** Reserved. */
  public static final BitField64 RESERVED = BitField64.lsb(63, 45);

  private XicsSourceWord() {}
}
