package org.xivebench.kvm.swap;

import org.xivebench.kvm.Injection;
import org.xivebench.kvm.device.InterruptState;

/**
 * Is told how a swap goes, step by step. A test plants faults with it, and sees the law report
 * them.
 */
public interface SwapObserver {
  /** Watches nothing. */
  SwapObserver NONE = new SwapObserver() {};

  /** A step is about to run. */
  default void before(SwapStep step) {}

  /**
   * A step has run.
   *
   * @param injection holds what was injected since {@link SwapStep#HOLD_INJECTION}
   */
  default void after(SwapStep step, Injection injection) {}

  /**
   * The state has been captured, or is about to be restored.
   *
   * @return what the swap goes on with: {@code state} itself, unless a fault is planted
   */
  default InterruptState carried(SwapStep step, InterruptState state) {
    return state;
  }
}
