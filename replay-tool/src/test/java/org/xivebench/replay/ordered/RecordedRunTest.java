package org.xivebench.replay.ordered;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.engine.ConcurrentReplay;
import org.xivebench.replay.engine.Effort;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** A run is recorded, and what was recorded is replayed in order: with the same answers. */
@Timeout(120)
class RecordedRunTest {
  private static final Path SAMPLE = Path.of("..", "samples", "boot-xics.jfr");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"0, true, 1", "300, true, 10", "20, false, 136"})
  void concurrentRun_replaysInOrder(long swapEvery, boolean paced, long swaps) throws Exception {
    Path recording = folder.resolve("run.jfr");
    List<DeviceType> rotation = List.of(new XicsDeviceType(), new XiveNativeDeviceType());
    ConcurrentReplay run =
        new ConcurrentReplay(
            () -> TraceEvents.of(TraceReader.open(SAMPLE)),
            ReplayOptions.on(rotation).withSwapEvery(swapEvery).withPaced(paced),
            new Cancellation(),
            Progress.NONE);
    run.recordTo(Files.newOutputStream(recording));
    ReplayResult recorded = run.run();
    assertTrue(recorded.isClean(), recorded.toString());

    OrderedResult replayed = TraceScript.replay(recording, inKernel());

    assertEquals(0, replayed.divergenceCount(), replayed.divergences().toString());
    assertEquals(swaps, replayed.swaps());
    RunTotals totals = replayed.totals();
    assertEquals(recorded.triggered(), totals.triggered());
    assertEquals(recorded.delivered(), totals.delivered());
    assertEquals(recorded.coalesced(), totals.coalesced());
    assertEquals(recorded.dropped(), totals.dropped());
    Effort cost = recorded.effort();
    RunEffort again = replayed.effort();
    assertEquals(cost.esbAccesses(), again.esbAccesses());
    assertEquals(cost.timaAccesses(), again.timaAccesses());
    assertEquals(cost.queueEntries(), again.queueEntries());
    assertEquals(cost.retriggers(), again.retriggers());
    assertTrue(again.hypercalls() <= cost.hypercalls(), "H_CEDE is not recorded");
    assertEquals(
        cost.deliveredByServer(),
        again.deliveredByServer().entrySet().stream()
            .map(entry -> new Effort.ServerShare(entry.getKey(), entry.getValue()))
            .toList());
    assertEquals(replayed.digest(), TraceScript.replay(recording, inKernel()).digest());
  }

  private static OrderedOptions inKernel() {
    return new OrderedOptions(Irqchip.IN_KERNEL, Quirks.NONE, TraceScript.BACKENDS, false, 1);
  }

  @Test
  void orderedRun_replaysWithTheSameDigest() throws Exception {
    Path first = folder.resolve("first.jfr");
    OrderedOptions options = OrderedOptions.emulated(Quirks.QEMU_7_2, false);
    OrderedReplay run =
        new OrderedReplay(
            () -> TraceEvents.of(TraceReader.open(SAMPLE)),
            options,
            new Cancellation(),
            Progress.NONE);
    run.recordTo(Files.newOutputStream(first));
    OrderedResult original = run.run();

    OrderedResult again = TraceScript.replay(first, options);

    assertEquals(0, again.divergenceCount(), again.divergences().toString());
    assertEquals(original.operations(), again.operations());
    assertEquals(original.digest(), again.digest());
  }
}
