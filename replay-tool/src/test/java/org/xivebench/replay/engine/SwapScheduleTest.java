package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.xivebench.replay.engine.SwapRig.LSI;
import static org.xivebench.replay.engine.SwapRig.MSI;
import static org.xivebench.replay.engine.SwapRig.XICS;
import static org.xivebench.replay.engine.SwapRig.XIVE;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.RandomWalk;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.sync.Schedule;

/**
 * Swaps between any two steps of guest, devices and controller: the real code under a scheduler, in
 * random schedules from a seed. Every interrupt is accounted for in each.
 */
@Timeout(600)
class SwapScheduleTest {
  private static final long SEED = 20190521;

  @Test
  void swaps_betweenAnyTwoSteps_loseAndInventNothing() throws InterruptedException {
    explore(100, XIVE, XICS, XIVE, XICS);
  }

  @Test
  void swapsToTheSameMode_betweenAnyTwoSteps_loseAndInventNothing() throws InterruptedException {
    explore(30, XICS, XICS, XICS);
    explore(30, XIVE, XIVE, XIVE);
  }

  @Test
  @Tag("long")
  void swaps_inManySchedules_loseAndInventNothing() throws InterruptedException {
    explore(5_000, XIVE, XICS, XIVE, XICS, XIVE);
    explore(2_000, XICS, XICS, XIVE, XIVE, XICS);
  }

  private static void explore(int schedules, DeviceType... backends) throws InterruptedException {
    Explorer.Outcome outcome =
        new Explorer(
                () -> new Case(List.of(backends)),
                new RandomWalk(SEED, schedules),
                Duration.ofMinutes(8))
            .explore();
    outcome
        .failure()
        .ifPresent(
            failure -> {
              throw new AssertionError("schedule " + outcome.schedules(), failure.what());
            });
    assertEquals(schedules, outcome.schedules());
  }

  /** One run: devices that interrupt, a guest that masks and sends IPIs, and swaps meanwhile. */
  private static final class Case implements Experiment.Run {
    private final List<DeviceType> backends;
    private final SwapRig rig;
    private final AtomicBoolean devicesDone = new AtomicBoolean();
    private final AtomicBoolean swapsDone = new AtomicBoolean();

    Case(List<DeviceType> backends) {
      this.backends = backends;
      this.rig = new SwapRig(backends.get(0));
    }

    @Override
    public Map<String, Runnable> actors() {
      Map<String, Runnable> actors = new LinkedHashMap<>();
      actors.put("vcpu0", () -> rig.run(0));
      actors.put("vcpu1", () -> rig.run(1));
      actors.put("devices", this::interrupt);
      actors.put("swapper", this::swap);
      actors.put("end", this::end);
      return actors;
    }

    private void interrupt() {
      rig.guest.bringUp().forEach(rig::await);
      rig.await(rig.post(0, GuestTask.route(MSI, 1)));
      rig.await(rig.post(1, GuestTask.route(LSI, 0)));
      rig.trigger();
      rig.trigger();
      rig.machine.raise(LSI);
      GuestTask mask = rig.post(0, GuestTask.mask(MSI));
      GuestTask maskLevel = rig.post(1, GuestTask.mask(LSI));
      rig.trigger();
      GuestTask unusedIpi = rig.post(1, GuestTask.sendIpi(0));
      rig.await(mask);
      rig.trigger();
      rig.await(maskLevel);
      rig.machine.raise(LSI);
      unusedIpi = rig.post(0, GuestTask.sendIpi(1));
      rig.await(rig.post(1, GuestTask.route(MSI, 0)));
      rig.await(rig.post(0, GuestTask.route(LSI, 1)));
      rig.trigger();
      devicesDone.set(true);
    }

    private void swap() {
      backends.subList(1, backends.size()).forEach(rig::swapTo);
      swapsDone.set(true);
    }

    private void end() {
      Schedule.spinUntil(() -> devicesDone.get() && swapsDone.get() && rig.isSettled(), "the end");
      rig.stop(0);
      rig.stop(1);
    }

    @Override
    public void check() {
      rig.check();
    }
  }
}
