package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.replay.explore.trace.ScheduleTrace;
import org.xivebench.replay.explore.trace.TracedStep;
import org.xivebench.sync.PointKind;
import org.xivebench.xivenative.XiveNativeDeviceType;

class ExploreReportTest {
  private static final ScheduleTrace SOUND =
      new ScheduleTrace(
          List.of("releaser"),
          List.of(new TracedStep(1, 0, PointKind.LOCK, "kvm->lock", List.of(), Optional.empty())),
          Optional.empty(),
          Optional.empty(),
          true);

  private static final ScheduleToken TOKEN =
      ScheduleToken.of("xive-native", "one-reg", "gated,v6", List.of(), SOUND);

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final ExploreReport report =
      new ExploreReport(new PrintStream(printed, true, UTF_8), new LaneOptions(), false);

  /** A failure that takes more than its own schedule, as an order of locks may. */
  private static ScenarioSearch.Result failedElsewhere() {
    Failure failure = new Failure(new AssertionError("possible deadlock"), List.of());
    return new ScenarioSearch.Result(
        new ScenarioSearch.Target(
            new XiveNativeDeviceType(), Scenarios.named("one-reg").orElseThrow()),
        new Explorer.Outcome(3, 2, 1, true, 1_000_000_000, Optional.of(failure), List.of()),
        Optional.of(new ScenarioSearch.Found(failure, SOUND, TOKEN)));
  }

  @Test
  void failureThatItsScheduleAloneDoesNotShow_isSaidToBeThat() {
    report.print(failedElsewhere());

    assertTrue(
        printed
            .toString(UTF_8)
            .contains(
                "\npossible deadlock\n  run again by itself the schedule does not show it: it"
                    + " takes an earlier one too\n"),
        printed.toString(UTF_8));
  }

  @Test
  void json_ofSuchAFailure_isOfKindElsewhere() {
    JsonNode failure =
        ExploreReport.toJson(List.of(failedElsewhere()), false)
            .get("scenarios")
            .get(0)
            .get("failure");

    assertEquals("elsewhere", failure.get("kind").textValue());
    assertEquals("possible deadlock", failure.get("report").textValue());
    assertEquals(TOKEN.toString(), failure.get("token").textValue());
  }

  @Test
  void lastLine_hasCountsCompletenessAndSpeed() {
    report.summarise(List.of(failedElsewhere()), 1, false);
    report.summarise(List.of(failedElsewhere()), 2, false);
    report.summarise(List.of(), 2, true);

    assertEquals(
        List.of(
            "3 schedules (2 distinct, 1 cut short), complete, 1 failed, 3 schedules/s",
            "3 schedules (2 distinct, 1 cut short), not complete, 1 failed, 3 schedules/s",
            "0 schedules (0 distinct, 0 cut short), interrupted, not complete, 0 failed, 0"
                + " schedules/s"),
        printed.toString(UTF_8).lines().toList());
  }

  @Test
  void replayThatDoesNotFailAnyMore_isSaidToEndWithItsToken() {
    report.print(new ScheduleReplay.Result(TOKEN, SOUND, 500_000_000));

    List<String> lines = printed.toString(UTF_8).lines().toList();
    assertTrue(
        lines.contains("nothing failed in the steps of the token; what follows it does not choose"),
        lines.toString());
    assertEquals(
        "1 schedule of 1 steps run again, 0 failed, 2 schedules/s", lines.get(lines.size() - 1));
  }
}
