package org.xivebench.xics;

import org.xivebench.kvm.irqchip.SourceState;

/**
 * Priorities of a XICS guest on a XIVE that has eight, of which KVM gives seven.
 *
 * <p>Source: {@code xive_prio_from_guest} of arch/powerpc/kvm/book3s_xive.h, Linux v5.10.
 */
final class XicsPriority {
  private static final int LEAST_FAVOURED = 6;

  private XicsPriority() {}

  /**
   * Returns the hardware's number of a guest's priority. 6 to 0xfe are one; the way back is the
   * identity.
   *
   * @param priority low 8 bits count
   */
  static int fromGuest(int priority) {
    int guest = priority & 0xff;
    return guest == SourceState.MASKED || guest < LEAST_FAVOURED ? guest : LEAST_FAVOURED;
  }
}
