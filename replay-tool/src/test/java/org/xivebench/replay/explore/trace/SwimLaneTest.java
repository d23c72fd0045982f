package org.xivebench.replay.explore.trace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.sync.PointKind;

class SwimLaneTest {
  private static TracedStep step(
      int number, int actor, PointKind kind, String object, String... locks) {
    return new TracedStep(number, actor, kind, object, List.of(locks), Optional.empty());
  }

  private static final ScheduleTrace RACE =
      new ScheduleTrace(
          List.of("releaser", "one-reg"),
          List.of(
              step(1, 0, PointKind.LOCK, "kvm->lock"),
              step(2, 0, PointKind.USE, "xc of vcpu0, server 0", "kvm->lock"),
              step(3, 0, PointKind.FREE, "xc of vcpu0, server 0", "kvm->lock"),
              step(4, 1, PointKind.LOCK, "vcpu0->mutex"),
              step(5, 1, PointKind.READ, "vcpu0", "vcpu0->mutex"),
              step(6, 1, PointKind.USE, "xc of vcpu0, server 0", "vcpu0->mutex")),
          Optional.of(
              new ScheduleTrace.Finding(
                  ScheduleTrace.Kind.USE_AFTER_FREE,
                  "use after free",
                  OptionalInt.of(6),
                  "one-reg",
                  Optional.of(Path.P5),
                  Optional.of(new ScheduleTrace.Freed("xc", "releaser", "", OptionalInt.of(3))),
                  List.of(),
                  List.of())),
          Optional.empty(),
          false);

  private static String print(ScheduleTrace trace, int width, int steps) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SwimLane.print(trace, width, steps, false, new PrintStream(bytes, true, UTF_8));
    return bytes.toString(UTF_8);
  }

  @Test
  void wideLine_showsEverything_withColumnsAsWideAsNeeded() {
    assertEquals(
        """
          step  releaser                    one-reg                    locks held
             1  lock kvm->lock
             2  use xc of vcpu0, server 0                              kvm->lock
        >    3  free xc of vcpu0, server 0                             kvm->lock
             4                              lock vcpu0->mutex
             5                              read vcpu0                 vcpu0->mutex
        >    6                              use xc of vcpu0, server 0  vcpu0->mutex
        """,
        print(RACE, 120, SwimLane.ALL_STEPS));
  }

  @Test
  void narrowLine_cutsTheWidestColumnsFirst() {
    assertEquals(
        """
          step  releaser          one-reg           locks held
             1  lock kvm->lock
             2  use xc of vcpu0…                    kvm->lock
        >    3  free xc of vcpu…                    kvm->lock
             4                    lock vcpu0->mut…
             5                    read vcpu0        vcpu0->mutex
        >    6                    use xc of vcpu0…  vcpu0->mutex
        """,
        print(RACE, 56, SwimLane.ALL_STEPS));
  }

  @Test
  void tooNarrowForColumns_namesTheActorInEachLine() {
    assertEquals(
        """
          step  actor     step          locks held
             1  releaser  lock kvm->l…
             2  releaser  use xc of v…  kvm->lock
        >    3  releaser  free xc of …  kvm->lock
             4  one-reg   lock vcpu0-…
             5  one-reg   read vcpu0    vcpu0->mutex
        >    6  one-reg   use xc of v…  vcpu0->mutex
        """,
        print(RACE, 44, SwimLane.ALL_STEPS));
  }

  @Test
  void fewSteps_areTheLastOnes_andThoseThatMatter() {
    assertEquals(
        """
          step  releaser                    one-reg                    locks held
             …  2 steps; --steps all shows them
        >    3  free xc of vcpu0, server 0                             kvm->lock
             …  1 step
             5                              read vcpu0                 vcpu0->mutex
        >    6                              use xc of vcpu0, server 0  vcpu0->mutex
        """,
        print(RACE, 120, 2));
  }

  @Test
  void bold_isForTheMarkedStepsAlone_andChangesNothingElse() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    SwimLane.print(RACE, 120, SwimLane.ALL_STEPS, true, new PrintStream(bytes, true, UTF_8));

    String bold = bytes.toString(UTF_8);
    assertEquals(2, bold.lines().filter(line -> line.startsWith("\u001b[1m>")).count(), bold);
    assertEquals(print(RACE, 120, SwimLane.ALL_STEPS), bold.replaceAll("\u001b\\[[01]m", ""));
  }

  @ParameterizedTest
  @CsvSource({"1, 40", "2, 40", "3, 60", "4, 80", "5, 80", "8, 80", "12, 100", "32, 120"})
  void noLine_isLongerThanTheWidth(int actorCount, int width) {
    List<String> actors = IntStream.range(0, actorCount).mapToObj(at -> "actor" + at).toList();
    List<TracedStep> steps = new ArrayList<>();
    for (int at = 0; at < 3 * actorCount; at++) {
      steps.add(
          step(
              at + 1,
              at % actorCount,
              PointKind.HARDWARE,
              "END of VP 0x800 priority " + at % 8,
              "kvm->lock",
              "vcpu" + at + "->mutex"));
    }
    ScheduleTrace trace =
        new ScheduleTrace(actors, steps, Optional.empty(), Optional.empty(), false);

    String text = print(trace, width, SwimLane.ALL_STEPS);

    assertEquals(steps.size() + 1, text.lines().count());
    text.lines().forEach(line -> assertTrue(line.length() <= width, line));
    assertTrue(text.lines().skip(1).allMatch(line -> line.contains("hardware ")), text);
  }
}
