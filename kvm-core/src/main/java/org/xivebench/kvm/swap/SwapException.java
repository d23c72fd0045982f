package org.xivebench.kvm.swap;

/** A swap was not completed. Says in which condition it left the VM. */
public final class SwapException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Condition condition;

  /** What a VM is left with. */
  public enum Condition {
    /** The old controller is still there and the vCPUs run. */
    UNCHANGED("the old controller is still in place"),
    /**
     * There is no controller; the interrupt state is kept, and vCPUs wait at their first access for
     * one.
     */
    DETACHED("the VM is detached, its interrupt state kept");

    private final String text;

    Condition(String text) {
      this.text = text;
    }
  }

  SwapException(SwapStep step, Condition condition, Throwable cause) {
    super(step.label() + " failed: " + cause.getMessage() + "; " + condition.text, cause);
    this.condition = condition;
  }

  /** Returns what the VM is left with. */
  public Condition condition() {
    return condition;
  }
}
