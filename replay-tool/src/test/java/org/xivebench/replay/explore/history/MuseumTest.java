package org.xivebench.replay.explore.history;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Failure;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/** Each case fails as its commit tells before the fix, and does not after. */
@Timeout(600)
class MuseumTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final List<DeviceType> BACKENDS =
      List.of(new XiveNativeDeviceType(), new XicsDeviceType());

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
    Invariants.reset();
  }

  static List<HistoryCase> cases() {
    return Museum.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void historyCase_oncePreempted_isAsTold(HistoryCase historyCase) throws InterruptedException {
    check(historyCase, 1);
  }

  @Tag("long")
  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void historyCase_twicePreempted_isAsTold(HistoryCase historyCase) throws InterruptedException {
    check(historyCase, 2);
  }

  private static void check(HistoryCase historyCase, int bound) throws InterruptedException {
    List<HistoryRun.Result> results = new HistoryRun(BACKENDS, bound, LONG).run(historyCase);

    assertAll(results.stream().map(result -> () -> assertAsTold(result)));
  }

  private static void assertAsTold(HistoryRun.Result result) {
    String what = result.backend() + " " + result.scenario() + ": " + result.symptom();
    assertEquals(Optional.empty(), result.before().unexpected().map(Failure::what), what);
    assertTrue(result.before().found().isPresent(), what + " was not seen before the fix");
    assertEquals(Optional.empty(), result.after().found().map(Failure::what), what);
    assertEquals(Optional.empty(), result.after().unexpected().map(Failure::what), what);
    assertTrue(result.after().complete(), what + ": not all schedules were run");
    assertTrue(result.isAsTold(), what);
  }

  @Test
  void cases_haveNamesOfTheirOwn() {
    Set<String> names = new HashSet<>();
    for (HistoryCase each : Museum.all()) {
      assertTrue(names.add(each.name()), each.name());
      each.commit().ifPresent(commit -> assertTrue(names.add(commit), commit));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"6f868405faf0", "6f8684", "release-races", "Prevent races when releasing device"})
  void named_hashPrefixOrName_isTheCase(String text) {
    assertEquals("release-races", Museum.named(text).orElseThrow().name());
  }

  @ParameterizedTest
  @ValueSource(strings = {"6f868", "", "release", "ffffffffffff"})
  void named_tooLittleOrNothing_isNone(String text) {
    assertEquals(Optional.empty(), Museum.named(text));
  }
}
