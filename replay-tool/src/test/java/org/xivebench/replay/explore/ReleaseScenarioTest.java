package org.xivebench.replay.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** Release beside each path, under every schedule with at most one preemption. */
@Timeout(120)
class ReleaseScenarioTest {
  private static final Duration LONG = Duration.ofSeconds(100);

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
  }

  static Stream<Arguments> scenarios() {
    return Stream.of(new XiveNativeDeviceType(), new XicsDeviceType())
        .flatMap(
            type ->
                ReleaseScenario.all(type, VmConfig.DEFAULT).stream()
                    .map(scenario -> Arguments.of(type.name(), scenario.name(), scenario)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("scenarios")
  void gated_everySchedule_isSound(String backend, String name, Scenario scenario)
      throws InterruptedException {
    Explorer.Outcome outcome = new Explorer(scenario, new DepthFirst(1), LONG).explore();

    assertEquals(List.of(), outcome.failure().map(Failure::what).stream().toList());
    assertTrue(outcome.complete());
  }

  /** What each path meets when a protocol, or gated without a step, does not keep it out. */
  @ParameterizedTest(name = "{0} {1} {2} without {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          xive-native  | one-reg      | unprotected |                | use after free of xc of vcpu0
          xive-native  | debugfs      | unprotected |                | use after free of xc of vcpu1
          xive-native  | injection    | unprotected |                | use after free of ESB
          xive-native  | entry        | unprotected |                | use after free of VP
          xics-on-xive | hypercall    | unprotected |                | use after free of
          xics-on-xive | one-reg      | unprotected |                | use after free of xc of vcpu0
          xics-on-xive | debugfs      | unprotected |                | use after free of xc of vcpu1
          xics-on-xive | entry        | unprotected |                | use after free of VP
          xics-on-xive | hypercall    | vcpu-mutex  |                | use after free of xc of vcpu0
          xive-native  | injection    | vcpu-mutex  |                | use after free of ESB
          xive-native  | cede         | vcpu-mutex  |                | releaser waits for vcpu0->mutex
          xive-native  | injection    | gated       | DRAIN_INJECTION| use after free of ESB
          xive-native  | one-reg      | gated       | VCPU_MUTEX     | use after free of xc of vcpu0
          xive-native  | debugfs      | gated       | DEBUGFS_REMOVE | use after free of
          xive-native  | cede         | gated       | KICK           | releaser waits for
          xive-native  | re-create    | gated       | VM_LOCK        | 1 VP blocks were leaked
          xics-on-xive | hypercall    | gated       | GATE           | use after free of xc of vcpu0
          xics-on-xive | hypercall    | gated       | DRAIN_VCPUS    | use after free of xc of vcpu0
          xics-on-xive | cede         | gated       | CLEAR_ESCALATION | use after free of mapping of the ESe
          xive-native  | entry        | gated       | CLEAR_CAM      | use after free of VP
          xive-native  | debugfs      | gated       | REOPEN         | the gate was left closed
          xive-native  | entry        | gated       | REOPEN         | vcpu0 waits for mmu_ready open
          """)
  void safeguard_missing_isSeen(
      String backend, String name, String protocol, Step without, String symptom)
      throws InterruptedException {
    ReleaseProtocol chosen = ReleaseProtocol.named(protocol).orElseThrow();
    if (without != null) {
      chosen = chosen.without(without);
    }
    VmConfig config = VmConfig.DEFAULT.withProtocol(chosen).withKernel(KernelVersion.V6);

    Failure failure =
        new Explorer(scenario(backend, name, config), new DepthFirst(2), LONG)
            .explore()
            .failure()
            .orElseThrow();

    assertTrue(failure.what().getMessage().contains(symptom), failure.what().toString());
  }

  private static Scenario scenario(String backend, String name, VmConfig config) {
    DeviceType type =
        backend.equals("xive-native") ? new XiveNativeDeviceType() : new XicsDeviceType();
    return ReleaseScenario.all(type, config).stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
