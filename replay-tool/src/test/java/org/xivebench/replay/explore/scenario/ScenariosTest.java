package org.xivebench.replay.explore.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** Release beside each path: sound as it is, and seen to fail where a safeguard is missing. */
@Timeout(120)
class ScenariosTest {
  private static final Duration LONG = Duration.ofSeconds(100);
  private static final List<DeviceType> BACKENDS =
      List.of(new XiveNativeDeviceType(), new XicsDeviceType());

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
  }

  static Stream<Arguments> runs() {
    return BACKENDS.stream()
        .flatMap(
            type ->
                Scenarios.all().stream()
                    .filter(scenario -> scenario.appliesTo(type, BACKENDS))
                    .map(scenario -> Arguments.of(type.name(), scenario, type)));
  }

  static Stream<Arguments> weaknesses() {
    return runs()
        .flatMap(
            run -> {
              Scenario scenario = (Scenario) run.get()[1];
              DeviceType type = (DeviceType) run.get()[2];
              return scenario.weaknesses().stream()
                  .filter(weakness -> weakness.concerns(type.irqType()))
                  .map(
                      weakness ->
                          Arguments.of(type.name(), scenario, weakness.options(), type, weakness));
            });
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("runs")
  void gated_everySchedule_isSound(String backend, Scenario scenario, DeviceType type)
      throws InterruptedException {
    Explorer.Outcome outcome =
        new Explorer(scenario.on(type, BACKENDS, VmConfig.DEFAULT), new DepthFirst(1), LONG)
            .explore();

    assertEquals(List.of(), outcome.failure().map(Failure::what).stream().toList());
    assertTrue(outcome.complete());
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("weaknesses")
  void safeguard_missing_isSeen(
      String backend, Scenario scenario, String options, DeviceType type, Weakness weakness)
      throws InterruptedException {
    Failure failure =
        new Explorer(
                scenario.on(type, BACKENDS, weakness.apply(VmConfig.DEFAULT)),
                new DepthFirst(2),
                LONG)
            .explore()
            .failure()
            .orElseThrow();

    assertTrue(failure.what().getMessage().contains(weakness.symptom()), failure.what().toString());
  }

  @Test
  void everyScenario_hasANameOfItsOwnAndAStepWithoutWhichItFailsOnEachBackend() {
    Set<String> names = new HashSet<>();
    for (Scenario scenario : Scenarios.all()) {
      assertTrue(names.add(scenario.name()), scenario.name());
      assertFalse(scenario.paths().isEmpty(), scenario.name());
      for (DeviceType type : BACKENDS) {
        if (scenario.appliesTo(type, BACKENDS)) {
          assertTrue(
              scenario.weaknesses().stream()
                  .anyMatch(each -> each.concerns(type.irqType()) && !each.without().isEmpty()),
              scenario.name() + " on " + type.name());
        }
      }
    }
  }
}
