package org.xivebench.kvm;

/**
 * Thrown at a guest that expects one interrupt mode when its vCPU has come back into the guest in
 * another, or with another controller of the same mode. The guest operation was not done. Part of
 * the control flow of guest drivers, so there is one, without a stack.
 */
public final class ModeChange extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Thrown by {@link GuestCpu}, and by a VMM that finds that a call was made in another mode. */
  public ModeChange() {
    super("the interrupt mode has changed", null, false, false);
  }
}
