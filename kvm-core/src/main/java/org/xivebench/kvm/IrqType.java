package org.xivebench.kvm;

/**
 * What a vCPU's interrupts are served by: {@code vcpu.arch.irq_type}. The numbers are the kernel's.
 */
public enum IrqType {
  /** No in-kernel controller is connected. */
  DEFAULT(0),
  /** XICS, here on XIVE hardware. */
  XICS(2),
  /** XIVE, native exploitation. */
  XIVE(3);

  private final int number;

  IrqType(int number) {
    this.number = number;
  }

  /** Returns the kernel's number. */
  public int number() {
    return number;
  }
}
