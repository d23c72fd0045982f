package org.xivebench.replay.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Schedule;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * The reduced search comes to the same ends as the plain one: the same states of the machine down
 * to the last field, and the same failures. A step that does not declare an access shows here.
 */
@Timeout(300)
class ReductionTest {
  private static final List<DeviceType> BACKENDS =
      List.of(new XiveNativeDeviceType(), new XicsDeviceType());

  static Stream<Arguments> runs() {
    return Stream.of(ReleaseProtocol.GATED, ReleaseProtocol.UNPROTECTED)
        .flatMap(
            protocol ->
                BACKENDS.stream()
                    .flatMap(
                        type ->
                            Scenarios.all().stream()
                                .filter(scenario -> scenario.appliesTo(type, BACKENDS))
                                .map(
                                    scenario ->
                                        Arguments.of(
                                            type.name(),
                                            scenario.name(),
                                            protocol.name(),
                                            scenario.on(
                                                type,
                                                BACKENDS,
                                                VmConfig.DEFAULT.withProtocol(protocol))))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("runs")
  void reduced_comesToTheSameEndsAsPlain(
      String backend, String name, String protocol, Experiment experiment) {
    int bound = Integer.getInteger("xivebench.reduction.bound", 1);
    Map<String, String> plain = ends(experiment, DepthFirst.plain(bound));
    Map<String, String> reduced = ends(experiment, new DepthFirst(bound));

    assertEquals(String.join("\n", plain.keySet()), String.join("\n", reduced.keySet()));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("runs")
  void runsOfOneSignature_comeToOneEnd(
      String backend, String name, String protocol, Experiment experiment) {
    Map<Long, String> endOf = new TreeMap<>();
    DepthFirst search = DepthFirst.plain(1);
    try (TurnScheduler scheduler = new TurnScheduler(Crew.fastest(), 20_000)) {
      while (search.nextRun()) {
        String end = runOnce(scheduler, search, experiment);
        String earlier = endOf.putIfAbsent(scheduler.signature(), end);
        if (earlier != null) {
          assertEquals(earlier, end);
        }
      }
    }
    assertTrue(endOf.size() > 1);
  }

  /** Returns the ends that a search comes to, each with the schedule of the first that did. */
  private static Map<String, String> ends(Experiment experiment, DepthFirst search) {
    Map<String, String> ends = new TreeMap<>();
    try (TurnScheduler scheduler = new TurnScheduler(Crew.fastest(), 20_000)) {
      while (search.nextRun()) {
        String end = runOnce(scheduler, search, experiment);
        if (!scheduler.wasCut()) {
          ends.putIfAbsent(end, ScheduleToken.of(scheduler.choices()));
        }
      }
    }
    return ends;
  }

  private static String runOnce(TurnScheduler scheduler, DepthFirst search, Experiment experiment) {
    Lifetime.resetReports();
    Experiment.Run run = experiment.prepare();
    Throwable failed;
    try (Schedule.Installation installed = Schedule.install(scheduler)) {
      failed = scheduler.run(search, run.actors());
    }
    // What others were in the middle of when an actor failed is left to chance.
    return failed != null ? failed.toString() : StateFingerprint.of(run);
  }
}
