package org.xivebench.replay.vmm;

/**
 * An interrupt number of a machine.
 *
 * <p>Guarded by {@code Vm.swapLock}, but for {@code number} and {@code lsi}.
 */
public final class MachineSource {
  private final int number;
  private final boolean lsi;
  private boolean claimed;
  private boolean asserted;

  MachineSource(int number, boolean lsi) {
    this.number = number;
    this.lsi = lsi;
    this.claimed = true;
  }

  /** Returns the LISN, which in XICS mode is the number of the source. */
  public int number() {
    return number;
  }

  /** Returns whether it is level-sensitive. */
  public boolean isLsi() {
    return lsi;
  }

  /** Returns whether a device has it; hypercalls refuse the others. */
  public boolean isClaimed() {
    return claimed;
  }

  /** Returns whether the line of an LSI is up. */
  public boolean isAsserted() {
    return asserted;
  }

  void setClaimed(boolean nowClaimed) {
    claimed = nowClaimed;
  }

  void setAsserted(boolean nowAsserted) {
    asserted = nowAsserted;
  }
}
