package org.xivebench.replay.engine;

import java.util.stream.IntStream;
import org.xivebench.kvm.VmConfig;
import org.xivebench.replay.vmm.InterruptMap;

/**
 * What a {@link LiveMachine} is made with.
 *
 * @param vcpus how many, servers 0 and up
 * @param msis how many sources of its devices are edges
 * @param lsis how many are lines
 * @param vm protocol and kernel; memory is made as large as the guest needs
 * @param stallMillis how long no interrupt may get on before a wait is given up
 */
public record LiveConfig(int vcpus, int msis, int lsis, VmConfig vm, long stallMillis) {
  /** The number of the first line. */
  private static final int FIRST_LSI = 0x1200;

  /** Checks the ranges. */
  public LiveConfig {
    if (vcpus < 1 || msis < 1 || lsis < 0 || stallMillis < 1) {
      throw new IllegalArgumentException("options of a live machine out of range");
    }
  }

  /** Eight edges and two lines, and 10 s of patience. */
  public static LiveConfig of(int vcpus, VmConfig vm) {
    return new LiveConfig(vcpus, 8, 2, vm, ReplayOptions.STALL_MILLIS);
  }

  int[] msiNumbers() {
    return IntStream.range(InterruptMap.FIRST_MSI, InterruptMap.FIRST_MSI + msis).toArray();
  }

  int[] lsiNumbers() {
    return IntStream.range(FIRST_LSI, FIRST_LSI + lsis).toArray();
  }
}
