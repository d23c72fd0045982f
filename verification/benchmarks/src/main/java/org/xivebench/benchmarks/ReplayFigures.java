package org.xivebench.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.ConcurrentReplay;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * Prints what swaps and concurrent replay take, from a load of MSIs and IPIs that keeps every vCPU
 * busy: the pause of a swap and its steps with 1, 4 and 16 vCPUs; interrupts per second with 1, 2
 * and 4; and the throughput of the gated protocol over that of none, in paired runs. For an idle
 * machine.
 */
public final class ReplayFigures {
  private static final DeviceType XIVE = new XiveNativeDeviceType();
  private static final DeviceType XICS = new XicsDeviceType();

  private static final int WARM_UP_EVENTS = 20_000;
  private static final int EVENTS = 100_000;
  private static final int SWAPS = 500;

  private ReplayFigures() {}

  /**
   * Runs it.
   *
   * @param args how many runs a figure is the median of; default: 9
   */
  public static void main(String[] args) throws IOException, ReplayException {
    int runs = args.length > 0 ? Integer.parseInt(args[0]) : 9;
    swapPauses();
    throughput(runs);
    gateCost(runs);
  }

  private static void swapPauses() throws IOException, ReplayException {
    System.out.printf("%-28s %10s %10s %10s%n", "swap under load, ms", "p50", "p99", "max");
    for (int vcpus : List.of(1, 4, 16)) {
      int events = SWAPS * 100;
      ReplayOptions options =
          options(List.of(XIVE, XICS), ReleaseProtocol.GATED).withSwapEvery(events / SWAPS);
      ReplayResult unusedWarmUp = run(vcpus, WARM_UP_EVENTS, options);
      ReplayResult result = run(vcpus, events, options);
      row(vcpus + " vCPUs, " + result.swaps().count() + " swaps", result.swaps().pause());
      result.swaps().steps().forEach((step, nanos) -> row("  " + step.label(), nanos));
    }
  }

  private static void row(String name, Histogram nanos) {
    System.out.printf(
        Locale.ROOT,
        "%-28s %10.3f %10.3f %10.3f%n",
        name,
        nanos.getValueAtPercentile(50) / 1e6,
        nanos.getValueAtPercentile(99) / 1e6,
        nanos.getMaxValue() / 1e6);
  }

  private static void throughput(int runs) throws IOException, ReplayException {
    System.out.printf(
        "%n%-28s %10s %10s %10s%n", "replay without swaps", "stimuli/s", "least", "greatest");
    for (DeviceType type : List.of(XIVE, XICS)) {
      for (int vcpus : List.of(1, 2, 4)) {
        ReplayOptions options = options(List.of(type), ReleaseProtocol.GATED);
        ReplayResult unusedWarmUp = run(vcpus, WARM_UP_EVENTS, options);
        List<Double> perSecond = new ArrayList<>();
        for (int i = 0; i < runs; i++) {
          perSecond.add(perSecond(run(vcpus, EVENTS, options)));
        }
        Collections.sort(perSecond);
        System.out.printf(
            Locale.ROOT,
            "%-28s %,10.0f %,10.0f %,10.0f%n",
            type.name() + ", " + vcpus + " vCPUs",
            perSecond.get(runs / 2),
            perSecond.get(0),
            perSecond.get(runs - 1));
      }
    }
  }

  private static void gateCost(int runs) throws IOException, ReplayException {
    System.out.printf(
        "%n%-28s %10s %10s %10s%n", "gated / unprotected, 2 vCPUs", "ratio", "least", "greatest");
    for (DeviceType type : List.of(XIVE, XICS)) {
      ReplayOptions gated = options(List.of(type), ReleaseProtocol.GATED);
      ReplayOptions unprotected = options(List.of(type), ReleaseProtocol.UNPROTECTED);
      List<Double> ratios = new ArrayList<>();
      for (int i = -1; i < runs; i++) {
        // In turn first and second, so that what drifts meanwhile favours neither.
        boolean gatedFirst = i % 2 == 0;
        double one = perSecond(run(2, EVENTS, gatedFirst ? gated : unprotected));
        double other = perSecond(run(2, EVENTS, gatedFirst ? unprotected : gated));
        if (i >= 0) { // the first pair warms up
          ratios.add(gatedFirst ? one / other : other / one);
        }
      }
      Collections.sort(ratios);
      System.out.printf(
          Locale.ROOT,
          "%-28s %10.3f %10.3f %10.3f%n",
          type.name(),
          ratios.get(runs / 2),
          ratios.get(0),
          ratios.get(runs - 1));
    }
  }

  private static double perSecond(ReplayResult result) {
    return result.operations() * 1e9 / result.wallNanos();
  }

  /** Not paced: as fast as possible. The same kernel under both protocols, that they compare. */
  private static ReplayOptions options(List<DeviceType> rotation, ReleaseProtocol protocol) {
    return new ReplayOptions(
        rotation,
        0,
        Collections.emptyNavigableSet(),
        false,
        0,
        1,
        VmConfig.DEFAULT.withProtocol(protocol),
        ReplayOptions.STALL_MILLIS,
        SwapObserver.NONE);
  }

  private static ReplayResult run(int vcpus, int events, ReplayOptions options)
      throws IOException, ReplayException {
    ReplayResult result =
        new ConcurrentReplay(
                () -> new ReplayLoad(IntStream.range(0, vcpus).boxed().toList(), events),
                options,
                new Cancellation(),
                Progress.NONE)
            .run();
    if (!result.isClean()) {
      throw new IllegalStateException(result.toString());
    }
    return result;
  }
}
