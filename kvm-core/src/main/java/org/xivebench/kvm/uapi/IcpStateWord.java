package org.xivebench.kvm.uapi;

import org.xivebench.xive.BitField64;

/**
 * State of a XICS presenter, register {@link KvmUapi#KVM_REG_PPC_ICP_STATE}. Bits with 0 the least
 * significant.
 *
 * <pre>
 *   63-56  55-32   31-24        23-16         15-0
 *  | CPPR | XISR | MFRR | pending priority |   -   |
 * </pre>
 *
 * <p>Source: arch/powerpc/include/uapi/asm/kvm.h, Linux v5.10.
 */
public final class IcpStateWord {
  /** Current processor priority. */
  public static final BitField64 CPPR = BitField64.lsb(63, 56);

  /** The interrupt that is presented, 0 for none. */
  public static final BitField64 XISR = BitField64.lsb(55, 32);

  /** Priority of the pending IPI, 0xff for none. */
  public static final BitField64 MFRR = BitField64.lsb(31, 24);

  /** Priority of what is presented. */
  public static final BitField64 PENDING_PRIORITY = BitField64.lsb(23, 16);

  /** Unused. */
  public static final BitField64 UNUSED = BitField64.lsb(15, 0);

  private IcpStateWord() {}
}
