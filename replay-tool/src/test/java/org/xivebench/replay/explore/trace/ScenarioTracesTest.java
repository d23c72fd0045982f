package org.xivebench.replay.explore.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.RandomWalk;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** What the traces of the scenarios tell: whether a reader understands it. */
@Timeout(60)
class ScenarioTracesTest {
  private static final int SCHEDULES = 12;
  private static final List<DeviceType> BACKENDS =
      List.of(new XiveNativeDeviceType(), new XicsDeviceType());

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
    Invariants.reset();
  }

  @Test
  void steps_haveNames_andAllPathsAreSeenInThem() throws InterruptedException {
    Set<Path> seen = EnumSet.noneOf(Path.class);
    for (DeviceType type : BACKENDS) {
      for (Scenario scenario : Scenarios.all()) {
        if (scenario.appliesTo(type, BACKENDS)) {
          Set<Path> here = pathsSeenIn(scenario, type);
          seen.addAll(here);
          here.retainAll(scenario.paths());
          assertFalse(here.isEmpty(), type.name() + " " + scenario);
        }
      }
    }
    assertEquals(EnumSet.allOf(Path.class), seen);
  }

  private static Set<Path> pathsSeenIn(Scenario scenario, DeviceType type)
      throws InterruptedException {
    Experiment experiment = scenario.on(type, BACKENDS, VmConfig.DEFAULT);
    Set<Path> seen = EnumSet.noneOf(Path.class);
    for (int seed = 0; seed < SCHEDULES && !seen.containsAll(scenario.paths()); seed++) {
      Explorer.Outcome outcome =
          new Explorer(experiment, new RandomWalk(seed, 1), Duration.ofSeconds(50)).explore();
      ScheduleTrace trace = ScheduleTrace.of(experiment, outcome.last());
      assertEquals(Optional.empty(), trace.misfit());
      for (TracedStep step : trace.steps()) {
        assertFalse(step.object().matches(".*@[0-9a-f]{4,}.*|[0-9]+|null|\\[.*"), step.text());
        step.path().ifPresent(seen::add);
      }
    }
    return seen;
  }
}
