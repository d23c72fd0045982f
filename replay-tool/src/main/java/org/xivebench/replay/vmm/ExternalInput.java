package org.xivebench.replay.vmm;

import org.xivebench.xive.InterruptLine;

/**
 * The external interrupt input of an emulated vCPU. Both emulated controllers of a dual machine
 * drive it: the level is what the last of them said.
 */
final class ExternalInput implements InterruptLine {
  private volatile boolean high;

  @Override
  public void raise() {
    high = true;
  }

  @Override
  public void lower() {
    high = false;
  }

  boolean isHigh() {
    return high;
  }
}
