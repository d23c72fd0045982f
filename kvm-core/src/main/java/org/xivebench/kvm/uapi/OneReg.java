package org.xivebench.kvm.uapi;

/**
 * The value of a register that KVM_GET_ONE_REG and KVM_SET_ONE_REG move.
 *
 * @param first the first 64 bits, all of a 64-bit register
 * @param second the second 64 bits of a 128-bit register, else 0
 */
public record OneReg(long first, long second) {
  /** A 64-bit register. */
  public static OneReg of(long value) {
    return new OneReg(value, 0);
  }
}
