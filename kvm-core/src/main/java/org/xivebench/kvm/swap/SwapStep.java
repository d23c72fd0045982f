package org.xivebench.kvm.swap;

/** The steps of a swap, in order. */
public enum SwapStep {
  /** The gate is closed, every vCPU kicked, and waited for until it is outside. */
  STOP_VCPUS("stop vCPUs"),
  /**
   * Injection is redirected to the holding list, and the read sections that are open are waited
   * for.
   */
  HOLD_INJECTION("hold injection"),
  /**
   * What is passed through is taken back, and the interrupt state is captured through the old
   * device's interface.
   */
  CAPTURE("capture"),
  /** The VMM unmaps and closes; the device is released by the protocol. */
  RELEASE("release"),
  /** The other device is created, its vCPUs connected, its pages mapped, and the state restored. */
  RESTORE("create and restore"),
  /**
   * The holding list is flushed, in order, what was passed through is again, and the gate opened.
   */
  REOPEN("flush and reopen");

  private final String label;

  SwapStep(String label) {
    this.label = label;
  }

  /** Returns what people call it. */
  public String label() {
    return label;
  }
}
