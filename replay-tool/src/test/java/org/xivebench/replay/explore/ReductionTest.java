package org.xivebench.replay.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.replay.explore.scenario.Scenario;
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
                                .filter(scenario -> isWanted(scenario, protocol))
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

  /** Some in each build; all of them take minutes. */
  static Stream<Arguments> fewRuns() {
    Set<String> few = Set.of("one-reg", "debugfs", "injection");
    return runs().filter(run -> few.contains((String) run.get()[1]));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("fewRuns")
  void reduced_comesToTheSameEndsAsPlain_inFew(
      String backend, String name, String protocol, Experiment experiment) {
    reduced_comesToTheSameEndsAsPlain(backend, name, protocol, experiment);
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("runs")
  @Tag("long")
  void reduced_comesToTheSameEndsAsPlain(
      String backend, String name, String protocol, Experiment experiment) {
    int bound = Integer.getInteger("xivebench.reduction.bound", 1);
    Map<String, String> plain = ends(experiment, DepthFirst.plain(bound));
    Map<String, String> reduced = ends(experiment, new DepthFirst(bound));

    Set<String> missed = new TreeSet<>(plain.keySet());
    missed.removeAll(reduced.keySet());
    if (!missed.isEmpty()) {
      String end = missed.iterator().next();
      fail(missed.size() + " missed, one by " + plain.get(end) + ": " + nearest(end, reduced));
    }
    assertEquals(plain.keySet(), reduced.keySet());
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("runs")
  @Tag("long")
  void runsOfOneSignature_comeToOneEnd(
      String backend, String name, String protocol, Experiment experiment) {
    Map<Long, String> endOf = new TreeMap<>();
    DepthFirst search = DepthFirst.plain(1);
    try (TurnScheduler scheduler = new TurnScheduler(Crew.fastest(), 20_000)) {
      while (search.nextRun()) {
        String end = runOnce(scheduler, search, experiment);
        String earlier = endOf.putIfAbsent(scheduler.signature(), end);
        if (earlier != null && !earlier.equals(end)) {
          fail(difference(earlier, end));
        }
      }
    }
    assertTrue(endOf.size() > 1);
  }

  private static String nearest(String end, Map<String, String> others) {
    return others.keySet().stream()
        .max(Comparator.comparingInt(other -> commonPrefix(end, other)))
        .map(other -> difference(end, other))
        .orElse("none");
  }

  private static int commonPrefix(String left, String right) {
    int at = 0;
    while (at < left.length() && at < right.length() && left.charAt(at) == right.charAt(at)) {
      at++;
    }
    return at;
  }

  private static String difference(String left, String right) {
    int from = Math.max(0, commonPrefix(left, right) - 300);
    return "..."
        + left.substring(from, Math.min(left.length(), from + 420))
        + "\n differs from ..."
        + right.substring(from, Math.min(right.length(), from + 420));
  }

  /**
   * A swap is ten times as long as a release, so of its stories one will do; {@code
   * -Dxivebench.reduction.only=NAME} looks at another.
   */
  private static boolean isWanted(Scenario scenario, ReleaseProtocol protocol) {
    String only = System.getProperty("xivebench.reduction.only");
    if (only != null) {
      return only.equals(scenario.name());
    }
    return !scenario.name().startsWith("swap")
        || (scenario.name().equals("swap-masked") && protocol == ReleaseProtocol.GATED);
  }

  /** Returns the ends that a search comes to, each with the schedule of the first that did. */
  private static Map<String, String> ends(Experiment experiment, DepthFirst search) {
    Map<String, String> ends = new TreeMap<>();
    try (TurnScheduler scheduler = new TurnScheduler(Crew.fastest(), 20_000)) {
      while (search.nextRun()) {
        String end = runOnce(scheduler, search, experiment);
        if (!scheduler.wasCut()) {
          ends.putIfAbsent(end, String.valueOf(scheduler.choices()));
        }
      }
    }
    return ends;
  }

  private static String runOnce(TurnScheduler scheduler, DepthFirst search, Experiment experiment) {
    Lifetime.resetReports();
    Experiment.Run run = experiment.prepare();
    Throwable failed;
    Schedule.Installation installation = Schedule.install(scheduler);
    try {
      failed = scheduler.run(search, run.actors());
    } finally {
      installation.close();
    }
    // What others were in the middle of when an actor failed is left to chance; and the JVM leaves
    // the text out of a null pointer that it has seen often.
    return failed instanceof NullPointerException
        ? failed.getClass().getName()
        : failed != null ? failed.toString() : StateFingerprint.of(run);
  }
}
