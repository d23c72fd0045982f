package org.xivebench.kvm.device;

import org.xivebench.kvm.Vcpu;

/**
 * A 64 KiB page of device registers that a fault has put into a mapping. Offsets are bytes in the
 * page.
 */
public interface IoPage {

  /**
   * Loads from the page, as the vCPU does that is given.
   *
   * @param size 1, 2, 4 or 8 bytes
   * @return the big-endian value
   */
  long load(Vcpu vcpu, int offset, int size);

  /** Stores to the page. */
  void store(Vcpu vcpu, int offset, int size, long value);
}
