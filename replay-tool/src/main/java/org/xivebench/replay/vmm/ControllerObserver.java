package org.xivebench.replay.vmm;

/**
 * Is told what an emulated controller does inside an operation, in the order in which it does it:
 * what QEMU's trace events say. Called with {@code Vm.swapLock} held; must not use the machine.
 */
public interface ControllerObserver {
  /** Observes nothing. */
  ControllerObserver NONE = new ControllerObserver() {};

  /** XIVE: an event has passed PQ, EAS and END and comes to a server's presenter. */
  default void presented(int server) {}

  /** The external interrupt input of vCPU {@code cpu} has changed its level. */
  default void inputChanged(int cpu, boolean high) {}

  /** XICS: a source offers an interrupt; {@link #shown} or {@link #rejected} follows. */
  default void offered(int server, int source, int priority) {}

  /** XICS: a presenter shows what it was offered; values after. */
  default void shown(int xirr, int priority) {}

  /** XICS: a presenter gives a source's interrupt back. */
  default void rejected(int source) {}

  /** XICS: a presenter is about to show an IPI. */
  default void ipiShown(int server, int mfrr) {}

  /** XICS: H_XIRR has taken what was shown. */
  default void accepted(int server, int xirr, int newXirr) {}

  /** XICS: H_EOI has set CPPR; nothing has been sent again yet. */
  default void ended(int server, int xirr, int newXirr) {}

  /** XICS: H_EOI comes to a source. */
  default void sourceEnded(int source) {}
}
