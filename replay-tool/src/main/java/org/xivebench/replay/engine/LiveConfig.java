package org.xivebench.replay.engine;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.vmm.InterruptMap;

/**
 * What a {@link LiveMachine} is made with.
 *
 * @param vcpus how many, servers 0 and up
 * @param msis how many sources of its devices are edges
 * @param lsis how many are lines
 * @param vm protocol and kernel
 * @param stallMillis how long nothing may get on before a wait is given up
 */
public record LiveConfig(int vcpus, int msis, int lsis, VmConfig vm, long stallMillis) {
  /** The number of the first line. */
  private static final int FIRST_LSI = 0x1200;

  /** Checks the ranges. */
  public LiveConfig {
    if (vcpus < 1 || msis < 0 || lsis < 0 || msis + lsis < 1 || stallMillis < 1) {
      throw new IllegalArgumentException("options of a live machine out of range");
    }
  }

  /** Eight edges and two lines, and 10 s of patience. */
  public static LiveConfig of(int vcpus, VmConfig vm) {
    return new LiveConfig(vcpus, 8, 2, vm, ReplayOptions.STALL_MILLIS);
  }

  List<Integer> msiNumbers() {
    return IntStream.range(InterruptMap.FIRST_MSI, InterruptMap.FIRST_MSI + msis).boxed().toList();
  }

  List<Integer> lsiNumbers() {
    return IntStream.range(FIRST_LSI, FIRST_LSI + lsis).boxed().toList();
  }

  /** The same machine as a trace would ask for it. */
  TraceHeader header() {
    return TraceHeader.of(
        TraceMode.XIVE,
        "a live machine",
        IntStream.range(0, vcpus).boxed().toList(),
        Stream.concat(
                msiNumbers().stream().map(number -> new TraceHeader.Source(number, false)),
                lsiNumbers().stream().map(number -> new TraceHeader.Source(number, true)))
            .toList());
  }

  ReplayOptions options(DeviceType first) {
    return new ReplayOptions(
        List.of(first), 0, new TreeSet<>(), false, 0, 1, vm, stallMillis, SwapObserver.NONE);
  }
}
