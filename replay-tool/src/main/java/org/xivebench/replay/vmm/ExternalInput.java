package org.xivebench.replay.vmm;

import org.xivebench.xive.InterruptLine;

/**
 * The external interrupt input of an emulated vCPU. Both emulated controllers of a dual machine
 * drive it: the level is what the last of them said.
 */
final class ExternalInput implements InterruptLine {
  private final int cpu;
  private final ControllerObserver observer;
  private volatile boolean high;

  ExternalInput(int cpu, ControllerObserver observer) {
    this.cpu = cpu;
    this.observer = observer;
  }

  @Override
  public void raise() {
    set(true);
  }

  @Override
  public void lower() {
    set(false);
  }

  private void set(boolean level) {
    if (high != level) {
      high = level;
      observer.inputChanged(cpu, level);
    }
  }

  boolean isHigh() {
    return high;
  }
}
