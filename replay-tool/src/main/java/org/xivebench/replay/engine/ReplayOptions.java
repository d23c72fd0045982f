package org.xivebench.replay.engine;

import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapObserver;

/**
 * How a trace is replayed concurrently.
 *
 * @param rotation the backends, in the order in which swaps take them; the VM starts on the first
 * @param swapEvery stimuli from one swap to the next; 0 for none
 * @param swapAt sequence numbers of events before which a swap is made, in each cycle
 * @param paced whether a source is triggered again only when as many of its interrupts have been
 *     ended as at that point of the recording
 * @param speed how many times as fast as recorded, by the events' times; 0 for as fast as possible
 * @param cycles how many times the trace is replayed
 * @param vm protocol and kernel; how much memory the machine needs it knows itself
 * @param stallMillis how long nothing may get on before the run is given up
 * @param swapObserver watches the steps of swaps
 */
public record ReplayOptions(
    List<DeviceType> rotation,
    long swapEvery,
    NavigableSet<Long> swapAt,
    boolean paced,
    double speed,
    int cycles,
    VmConfig vm,
    long stallMillis,
    SwapObserver swapObserver) {
  /** How long nothing may get on before a run is given up. */
  public static final long STALL_MILLIS = 10_000;

  /** Copies the lists. */
  public ReplayOptions {
    rotation = List.copyOf(rotation);
    swapAt = new TreeSet<>(swapAt);
    if (rotation.isEmpty() || swapEvery < 0 || speed < 0 || cycles < 1 || stallMillis < 1) {
      throw new IllegalArgumentException("options of a replay out of range");
    }
  }

  /** Whether swaps may fall due. */
  boolean swaps() {
    return swapEvery > 0 || !swapAt.isEmpty();
  }

  /** One cycle, paced, without swaps, by today's kernel and the gated protocol. */
  public static ReplayOptions on(List<DeviceType> rotation) {
    return new ReplayOptions(
        rotation,
        0,
        new TreeSet<>(),
        true,
        0,
        1,
        VmConfig.DEFAULT,
        STALL_MILLIS,
        SwapObserver.NONE);
  }

  /** Returns this with a swap every so many stimuli. */
  public ReplayOptions withSwapEvery(long stimuli) {
    return new ReplayOptions(
        rotation, stimuli, swapAt, paced, speed, cycles, vm, stallMillis, swapObserver);
  }

  /** Returns this with another pacing. */
  public ReplayOptions withPaced(boolean nowPaced) {
    return new ReplayOptions(
        rotation, swapEvery, swapAt, nowPaced, speed, cycles, vm, stallMillis, swapObserver);
  }

  /** Returns this with another number of cycles. */
  public ReplayOptions withCycles(int count) {
    return new ReplayOptions(
        rotation, swapEvery, swapAt, paced, speed, count, vm, stallMillis, swapObserver);
  }

  /** Returns this with somebody who watches swaps, and with another patience. */
  public ReplayOptions withSwapObserver(SwapObserver observer, long patienceMillis) {
    return new ReplayOptions(
        rotation, swapEvery, swapAt, paced, speed, cycles, vm, patienceMillis, observer);
  }
}
