package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.kvm.Injection;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.CarriedSource.Event;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.kvm.swap.SwapStep;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** Replays a shipped sample with real threads, real backends and real swaps. */
@Timeout(120)
class SampleReplayTest {
  private static final Path SAMPLE = Path.of("..", "samples", "boot-xics.jfr");
  private static final long TRIGGERED_IN_SAMPLE = 2618;

  /** How long nothing may get on in a run from which something was taken. */
  private static final long PATIENCE_MILLIS = 3_000;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void replay_withSwaps_losesAndInventsNothing(boolean paced) throws Exception {
    ReplayResult result = replay(options().withPaced(paced));

    assertTrue(result.isClean(), result.toString());
    assertEquals(5, result.swaps().count());
    assertEquals(TRIGGERED_IN_SAMPLE, result.triggered());
    // A vCPU that has nothing to do sleeps: one that spins in H_CEDE makes millions.
    assertTrue(result.effort().hypercalls() < 50 * result.operations(), result.toString());
    assertEquals(
        result.triggered(),
        result.coalesced() + result.dropped() + result.delivered() + result.pending());
  }

  @Test
  void replay_onOneBackend_losesAndInventsNothing() throws Exception {
    ReplayResult result = replay(options().withSwapEvery(0));

    assertTrue(result.isClean(), result.toString());
    assertEquals(0, result.swaps().count());
  }

  @ParameterizedTest
  @EnumSource(
      value = SwapStep.class,
      names = {"HOLD_INJECTION", "CAPTURE", "RELEASE", "RESTORE", "REOPEN"})
  void lossPlantedInASwap_isReported(SwapStep step) throws Exception {
    Thief thief;
    ReplayResult result;
    int runs = 0;
    do { // a run may have no swap in which there is something to take
      thief = new Thief(step);
      result =
          replay(
              options()
                  .withSwapEvery(50)
                  .withPaced(false)
                  .withSwapObserver(thief, PATIENCE_MILLIS));
      runs++;
    } while (!thief.stole && runs < 5);

    assertTrue(thief.stole, "there was nothing to lose in " + step);
    assertFalse(result.isClean(), result.toString());
    assertEquals(1, result.lost(), result.toString());
  }

  private static ReplayOptions options() {
    List<DeviceType> rotation = List.of(new XicsDeviceType(), new XiveNativeDeviceType());
    return ReplayOptions.on(rotation).withSwapEvery(500);
  }

  private static ReplayResult replay(ReplayOptions options) throws IOException, ReplayException {
    return new ConcurrentReplay(
            () -> TraceEvents.of(TraceReader.open(SAMPLE)),
            options,
            new Cancellation(),
            Progress.NONE)
        .run();
  }

  /** Takes one interrupt away, in one step, in the first swap in which there is one. */
  private static final class Thief implements SwapObserver {
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final SwapStep where;
    private boolean stole;

    Thief(SwapStep where) {
      this.where = where;
    }

    /** Where the loss is one of the holding list, this is the last step before it. */
    private SwapStep moment() {
      return where == SwapStep.REOPEN ? SwapStep.RESTORE : where;
    }

    @Override
    public void after(SwapStep step, Injection injection) {
      boolean fromState = where == SwapStep.CAPTURE || where == SwapStep.RESTORE;
      if (!stole && fromState && step == SwapStep.STOP_VCPUS) {
        // Nobody handles now, so what the injector sends meanwhile is there to be taken.
        LockSupport.parkNanos(WAIT_NANOS / 10);
      }
      if (stole || fromState || step != moment()) {
        return;
      }
      long deadline = System.nanoTime() + WAIT_NANOS;
      while (!stole && System.nanoTime() < deadline) {
        stole = injection.loseOldestHeld();
        Thread.onSpinWait();
      }
    }

    @Override
    public InterruptState carried(SwapStep step, InterruptState state) {
      if (stole || step != where) {
        return state;
      }
      List<CarriedSource> sources = new ArrayList<>(state.sources());
      for (int at = 0; at < sources.size() && !stole; at++) {
        CarriedSource source = sources.get(at);
        if (source.event() == Event.WAITING && !source.lsi() && !source.queued()) {
          sources.set(at, without(source));
          stole = true;
        }
      }
      return new InterruptState(state.capturedIn(), sources, state.ipis());
    }

    private static CarriedSource without(CarriedSource source) {
      return new CarriedSource(
          source.number(),
          source.lsi(),
          source.asserted(),
          source.masked(),
          source.server(),
          source.priority(),
          Event.NONE,
          source.queued());
    }
  }
}
