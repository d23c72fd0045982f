package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.engine.SwapRig.LSI;
import static org.xivebench.replay.engine.SwapRig.MSI;
import static org.xivebench.replay.engine.SwapRig.XICS;
import static org.xivebench.replay.engine.SwapRig.XIVE;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Strategy;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.sync.Schedule;

/**
 * One vCPU handles what waits for it, and a swap falls before its first step, its second, and so on
 * to its last: deterministic, and nothing between is left out.
 */
@Timeout(120)
class SwapAtEachStepTest {
  private static final int TARGET = 1;
  private static final int ONE_SWAP = -1;

  /** What is ready when the vCPU goes on; nothing runs meanwhile. */
  private enum Prepared {
    MSI_WAITING(1, 0),
    MSI_WAITING_AND_QUEUED(2, 0),
    LSI_WAITING(1, 0),
    IPI_WAITING(1, 0),
    /**
     * Waits, with another behind it, and is masked then: possible in XICS mode only. How much of it
     * is delivered before the mask is taken away depends on the mode.
     */
    MSI_MASKED_WITH_TWO(0, 2),
    /**
     * The vCPU is in the handler; another came since, and then the source was masked, in XICS mode,
     * which keeps that one.
     */
    MSI_IN_SERVICE_MASKED_WITH_ANOTHER(1, 2);

    private final int delivered;
    private final int behindMask;

    /**
     * @param delivered handler runs that need no unmasking
     * @param behindMask what has come in all when the mask has been taken away
     */
    Prepared(int delivered, int behindMask) {
      this.delivered = delivered;
      this.behindMask = behindMask;
    }

    void in(SwapRig rig, DeviceType backend) {
      Consumer<GuestTask> by0 = task -> rig.await(rig.post(0, task));
      rig.whileRunning(
          () -> {
            rig.guest.bringUp().forEach(rig::await);
            by0.accept(GuestTask.route(MSI, TARGET));
            by0.accept(GuestTask.route(LSI, TARGET));
          },
          0);
      switch (this) {
        case MSI_WAITING -> rig.trigger();
        case MSI_WAITING_AND_QUEUED -> {
          rig.trigger();
          rig.trigger();
        }
        case LSI_WAITING -> rig.machine.raise(LSI);
        case IPI_WAITING -> runOnly0(rig, GuestTask.sendIpi(TARGET));
        case MSI_MASKED_WITH_TWO -> {
          rig.swapTo(XICS);
          rig.trigger();
          rig.trigger();
          runOnly0(rig, GuestTask.mask(MSI));
          rig.swapTo(backend);
        }
        case MSI_IN_SERVICE_MASKED_WITH_ANOTHER -> {
          rig.swapTo(XICS);
          rig.trigger();
          rig.runIntoHandler(TARGET);
          rig.trigger();
          runOnly0(rig, GuestTask.mask(MSI));
          rig.swapTo(backend);
        }
      }
    }

    private static void runOnly0(SwapRig rig, GuestTask task) {
      Thread thread = new Thread(() -> rig.run(0), "unscheduled vcpu0");
      GuestTask unusedPosted = rig.post(0, task);
      thread.start();
      rig.await(task);
      rig.stop(0);
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void swapToTheOtherMode_beforeEachStep_losesAndInventsNothing(Prepared prepared)
      throws InterruptedException {
    swapBeforeEachStep(prepared, XIVE, XICS);
    swapBeforeEachStep(prepared, XICS, XIVE);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void swapToTheSameMode_beforeEachStep_losesAndInventsNothing(Prepared prepared)
      throws InterruptedException {
    swapBeforeEachStep(prepared, XIVE, XIVE);
    swapBeforeEachStep(prepared, XICS, XICS);
  }

  /**
   * Two swaps, there and back: the first before each step, the second after each number of steps
   * from there. So there is every run in which the first falls between the two accesses of the end
   * of a masked interrupt, whose Q has to become P without an access that leaves it with nobody,
   * and the second comes while that is on its way.
   */
  @Test
  void twoSwaps_aroundTheEndOfAMaskedInterrupt_loseAndInventNothing() throws InterruptedException {
    Prepared prepared = Prepared.MSI_IN_SERVICE_MASKED_WITH_ANOTHER;
    swapBeforeSteps(prepared, XIVE, XICS, 6);
    swapBeforeSteps(prepared, XICS, XIVE, 6);
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void twoSwaps_thereAndBackAtEachPairOfSteps_loseAndInventNothing(Prepared prepared)
      throws InterruptedException {
    swapBeforeSteps(prepared, XIVE, XICS, 20);
    swapBeforeSteps(prepared, XICS, XIVE, 20);
  }

  private static void swapBeforeEachStep(Prepared prepared, DeviceType from, DeviceType to)
      throws InterruptedException {
    swapBeforeSteps(prepared, from, to, ONE_SWAP);
  }

  private static void swapBeforeSteps(
      Prepared prepared, DeviceType from, DeviceType to, int mostBetween)
      throws InterruptedException {
    SwapsAfter strategy = new SwapsAfter(mostBetween);

    Explorer.Outcome outcome =
        new Explorer(() -> new Case(prepared, from, to, strategy), strategy, Duration.ofMinutes(1))
            .explore();

    outcome
        .failure()
        .ifPresent(
            failure -> {
              throw new AssertionError(
                  from.name() + " to " + to.name() + " after " + strategy, failure.what());
            });
    assertTrue(outcome.complete());
  }

  /**
   * Lets the vCPU take so many steps, then the swap go through; and then, if there are two, so many
   * more, and the swap back. One more step in each run.
   */
  private static final class SwapsAfter implements Strategy {
    private static final int VCPU = 1;
    private static final int SWAPPER = 2;
    private static final int BACK = 4;

    private final int mostBetween;
    private int steps;
    private int between = -1;
    private int taken;
    private int takenBetween;
    private boolean vcpuCameToItsEnd;
    private boolean cameToItsEndBetween;
    private volatile boolean swapped;

    SwapsAfter(int mostBetween) {
      this.mostBetween = mostBetween;
      if (mostBetween == ONE_SWAP) {
        steps = -1;
      }
    }

    boolean swapsBack() {
      return mostBetween != ONE_SWAP;
    }

    /** The first swap is done. */
    void swapped() {
      swapped = true;
    }

    @Override
    public boolean nextRun() {
      if (vcpuCameToItsEnd) {
        return false;
      }
      if (swapsBack() && between < mostBetween && !cameToItsEndBetween) {
        between++;
      } else {
        between = 0;
        steps++;
      }
      taken = 0;
      takenBetween = 0;
      swapped = false;
      vcpuCameToItsEnd = true;
      cameToItsEndBetween = true;
      return true;
    }

    @Override
    public int choose(int enabled, int current, long signature) {
      boolean vcpuCan = (enabled & VCPU) != 0;
      if (!swapped && taken < steps && vcpuCan) {
        taken++;
        return Integer.numberOfTrailingZeros(VCPU);
      }
      if (taken >= steps) {
        vcpuCameToItsEnd = false;
      }
      if (swapped && takenBetween < between && vcpuCan) {
        takenBetween++;
        return Integer.numberOfTrailingZeros(VCPU);
      }
      if (swapped && takenBetween >= between) {
        cameToItsEndBetween = false;
      }
      int swaps = enabled & (swapped ? BACK : SWAPPER);
      return Integer.numberOfTrailingZeros(swaps != 0 ? swaps : enabled);
    }

    @Override
    public boolean isComplete() {
      return vcpuCameToItsEnd;
    }

    @Override
    public String toString() {
      return steps + " steps" + (swapsBack() ? ", and back after " + between : "");
    }
  }

  private static final class Case implements Experiment.Run {
    private final Prepared prepared;
    private final DeviceType to;
    private final DeviceType from;
    private final SwapsAfter swaps;
    private final SwapRig rig;
    private final AtomicBoolean thereDone = new AtomicBoolean();
    private final AtomicBoolean swapDone = new AtomicBoolean();

    Case(Prepared prepared, DeviceType from, DeviceType to, SwapsAfter swaps) {
      this.prepared = prepared;
      this.from = from;
      this.to = to;
      this.swaps = swaps;
      this.rig = new SwapRig(from);
      prepared.in(rig, from);
    }

    @Override
    public Map<String, Runnable> actors() {
      Map<String, Runnable> actors = new LinkedHashMap<>();
      actors.put("vcpu" + TARGET, () -> rig.run(TARGET));
      actors.put(
          "swapper",
          () -> {
            rig.swapTo(to);
            swaps.swapped();
            thereDone.set(true);
            if (!swaps.swapsBack()) {
              swapDone.set(true);
            }
          });
      if (swaps.swapsBack()) {
        actors.put(
            "back",
            () -> {
              Schedule.spinUntil(thereDone::get, "the first swap");
              rig.swapTo(from);
              swapDone.set(true);
            });
      }
      actors.put(
          "end",
          () -> {
            Schedule.spinUntil(
                () ->
                    swapDone.get() && rig.guest.isIdle(TARGET) && delivered() >= prepared.delivered,
                "the end");
            rig.stop(TARGET);
          });
      return actors;
    }

    private long delivered() {
      return rig.ledger.deliveredTo(TARGET);
    }

    @Override
    public void check() {
      assertEquals(0, rig.ledger.spuriousIpis(), "runs of the IPI handler for nothing");
      if (prepared.behindMask > 0) {
        // What waits behind the mask comes when it is taken away.
        rig.whileRunning(
            () -> rig.await(rig.post(0, GuestTask.route(MSI, TARGET))),
            Math.max(prepared.delivered, prepared.behindMask));
      }
      assertEquals(Math.max(prepared.delivered, prepared.behindMask), delivered());
      rig.check();
    }
  }
}
