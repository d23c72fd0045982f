package org.xivebench.kvm.swap;

/** A swap was not completed. Says which step failed, and in which condition it left the VM. */
public final class SwapException extends Exception {
  private static final long serialVersionUID = 1L;

  private final SwapStep step;
  private final Condition condition;

  /** What a VM is left with. */
  public enum Condition {
    /** The old controller is still there and the vCPUs run. */
    UNCHANGED("the old controller is still in place"),
    /**
     * There is no controller; the interrupt state is kept, and vCPUs wait at their first access for
     * one.
     */
    DETACHED("the VM is detached, its interrupt state kept"),
    /** There is no controller, and there was none before: no interrupt state is kept. */
    NO_CONTROLLER("the VM has no controller, as before"),
    /** The new controller is in place and the vCPUs run. */
    REPLACED("the new controller is in place"),
    /** The step has not ended: it waits on, and the swap is completed when it can go on. */
    UNDER_WAY("it goes on when that ends");

    private final String text;

    Condition(String text) {
      this.text = text;
    }
  }

  SwapException(SwapStep step, Condition condition, Throwable cause) {
    this(step, condition, "failed: " + messageOf(cause), cause);
  }

  SwapException(SwapStep step, Condition condition, String what) {
    this(step, condition, what, null);
  }

  private SwapException(SwapStep step, Condition condition, String what, Throwable cause) {
    super(step.label() + " " + what + "; " + condition.text, cause);
    this.step = step;
    this.condition = condition;
  }

  private static String messageOf(Throwable cause) {
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** Returns which step was not completed. */
  public SwapStep step() {
    return step;
  }

  /** Returns what the VM is left with. */
  public Condition condition() {
    return condition;
  }
}
