package org.xivebench.replay.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Stage;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

@Timeout(120)
class SoakTest {
  private static final List<DeviceType> BACKENDS =
      List.of(new XicsDeviceType(), new XiveNativeDeviceType());

  static List<DeviceType> backends() {
    return BACKENDS;
  }

  @AfterEach
  void forgetReports() {
    Lifetime.resetReports();
    Invariants.reset();
    Lockdep.reset();
  }

  private static SoakResult soak(VmConfig config, long millis, Cancellation cancellation)
      throws Exception {
    SoakOptions options = new SoakOptions(Duration.ofMillis(millis), 2, 7, config, 5_000);
    return new Soak(options, () -> BACKENDS, BACKENDS.get(0), cancellation, Progress.NONE).run();
  }

  @Test
  void gated_takesEveryPathAndFindsNothing() throws Exception {
    SoakResult result = soak(VmConfig.DEFAULT, 3_000, new Cancellation());

    assertEquals(List.of(), result.problems());
    assertEquals(List.of(), result.stuck());
    assertEquals(List.of(), result.useAfterFree());
    assertTrue(result.law().holds(), result.law()::toString);
    assertTrue(result.isClean());
    assertFalse(result.interrupted());
    assertTrue(result.swaps() > 0);
    result.steps().forEach((path, count) -> assertTrue(count > 0, path));
  }

  @Test
  void unprotected_findsSomething() throws Exception {
    VmConfig config = VmConfig.DEFAULT.withProtocol(ReleaseProtocol.UNPROTECTED);
    assertFalse(soak(config, 60_000, new Cancellation()).isClean());
  }

  @Test
  void cancelled_endsEarlyWithItsBooksClosed() throws Exception {
    Cancellation cancellation = new Cancellation();
    cancellation.request();
    SoakResult result = soak(VmConfig.DEFAULT, 600_000, cancellation);
    assertTrue(result.interrupted());
    assertTrue(result.isClean(), () -> result.problems() + " " + result.stuck());
  }

  // ---- a vCPU that does not come out by itself

  private static SoakFindings round(DeviceType type, VmConfig config, Consumer<Stage> cast) {
    SoakFindings findings = new SoakFindings();
    Scenario scenario = Scenario.named("test").cast(cast).build();
    new ReleaseRounds(() -> BACKENDS, config, 400, findings)
        .run("test", scenario.on(type, BACKENDS, config).prepare());
    return findings;
  }

  /** Releases when the vCPU sleeps, and lets it go when the round has been given up. */
  private static void sleeper(Stage stage) {
    stage.actor(
        "releaser",
        () -> {
          while (!stage.vcpu(0).isCeded()) {
            Thread.onSpinWait();
          }
          stage.file().close();
          stage.vcpu(0).stop();
        });
    stage.guest(stage.vcpu(0), cpu -> cpu.hcall(Hcall.H_CEDE));
  }

  /** Loops in the guest, without a call or an exit, until the releaser has done. */
  private static void looper(Stage stage) {
    stage.actor(
        "releaser",
        () -> {
          while (!stage.vcpu(0).slot().isInside()) {
            Thread.onSpinWait();
          }
          stage.file().close();
          stage.vcpu(0).stop();
        });
    stage.guest(
        stage.vcpu(0),
        cpu -> {
          while (true) {
            cpu.compute();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gated_vcpuThatSleepsInCede_isKickedOut(DeviceType type) {
    assertEquals(List.of(), round(type, VmConfig.DEFAULT, SoakTest::sleeper).stuck());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void gated_vcpuThatLoopsInTheGuest_isKickedOut(DeviceType type) {
    assertEquals(List.of(), round(type, VmConfig.DEFAULT, SoakTest::looper).stuck());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void vcpuMutex_vcpuThatSleepsInCede_isReportedByName(DeviceType type) {
    VmConfig config = VmConfig.DEFAULT.withProtocol(ReleaseProtocol.VCPU_MUTEX);
    List<String> stuck = round(type, config, SoakTest::sleeper).stuck();
    assertTrue(
        stuck.contains("test: release waits for vcpu0->mutex, held by vcpu0"), stuck.toString());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void vcpuMutex_vcpuThatLoopsInTheGuest_isReportedByName(DeviceType type) {
    VmConfig config = VmConfig.DEFAULT.withProtocol(ReleaseProtocol.VCPU_MUTEX);
    List<String> stuck = round(type, config, SoakTest::looper).stuck();
    assertTrue(
        stuck.contains("test: release waits for vcpu0->mutex, held by vcpu0"), stuck.toString());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void withoutKick_vcpuThatSleepsInCede_isReportedByName(DeviceType type) {
    VmConfig config = VmConfig.DEFAULT.withProtocol(ReleaseProtocol.GATED.without(Step.KICK));
    List<String> stuck = round(type, config, SoakTest::sleeper).stuck();
    assertTrue(stuck.contains("test: release waits for vcpu0"), stuck.toString());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void seed_vcpuThatWantsToEnter_isReportedByName(DeviceType type) {
    VmConfig config = VmConfig.DEFAULT.withProtocol(ReleaseProtocol.SEED);
    List<String> stuck = round(type, config, SoakTest::looper).stuck();
    assertTrue(
        stuck.contains("test: release waits for vcpu0->mutex, held by vcpu0"), stuck.toString());
  }
}
