package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.Step;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

@Timeout(120)
class ExploreCommandTest {
  private static final List<DeviceType> BACKENDS =
      List.of(new XicsDeviceType(), new XiveNativeDeviceType());

  /** One that fails within a second. */
  private static final List<String> FAILING =
      List.of("--backend", "xive-native", "--scenario", "one-reg", "--without", "vcpu-mutex");

  private static final Pattern AGAIN = Pattern.compile("again: xivebench explore --replay (\\S+)");

  private static Outcome found;

  @TempDir Path folder;

  private final CommandLineHarness harness =
      new CommandLineHarness(context -> List.of(new ExploreCommand(context, BACKENDS)));

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
    Invariants.reset();
  }

  /** What the failing search gives: the same each time, so it is run once. */
  private Outcome found() {
    if (found == null) {
      found = explore(FAILING);
    }
    return found;
  }

  private Outcome explore(List<String> first, String... more) {
    List<String> args = new ArrayList<>(List.of("explore"));
    args.addAll(first);
    args.addAll(List.of(more));
    return harness.run(args.toArray(String[]::new));
  }

  private Outcome explore(String... args) {
    return explore(List.of(), args);
  }

  private static String lastLine(Outcome outcome) {
    List<String> lines = outcome.out().lines().toList();
    return lines.get(lines.size() - 1);
  }

  private static String tokenIn(Outcome outcome) {
    Matcher again = AGAIN.matcher(outcome.out());
    assertTrue(again.find(), outcome.out());
    return again.group(1);
  }

  // ---- searching

  @Test
  void search_thatFindsNothing_exits0_andIsComplete() {
    Outcome outcome = explore("--scenario", "one-reg", "--bound", "1");

    assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
    assertEquals(3, outcome.out().lines().count(), "one for each backend, and the sum");
    assertTrue(
        lastLine(outcome)
            .matches(
                "\\d+ schedules \\(\\d+ distinct, \\d+ cut short\\), complete, 0 failed, \\d+"
                    + " schedules/s"),
        lastLine(outcome));
  }

  @Test
  void search_thatFindsSomething_exits1_andTellsTheStory() {
    Outcome outcome = found();

    assertEquals(ExitCode.FOUND, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().contains("FAILED"), outcome.out());
    assertTrue(
        outcome.out().contains("\n  freed by releaser at step ")
            && outcome.out().contains("\n  used by one-reg at step ")
            && outcome.out().contains(", on path P5 (one_reg get and set)\n"),
        outcome.out());
    assertTrue(lastLine(outcome).contains(", not complete, 1 failed, "), lastLine(outcome));
  }

  @Test
  void deadlock_isShownAsARing() {
    Outcome outcome =
        explore("--backend", "xive-native", "--scenario", "expelled", "--protocol", "seed");

    assertEquals(ExitCode.FOUND, outcome.exitCode());
    assertTrue(
        outcome
            .out()
            .contains("\n  deadlock: releaser -> vcpu0->mutex -> vcpu0 -> kvm->lock -> releaser\n"),
        outcome.out());
  }

  @ParameterizedTest
  @MethodSource("searches")
  void search_withEachOption_runs(List<String> options) {
    List<String> args = new ArrayList<>(options);
    args.addAll(List.of("--scenario", "injection", "--backend", "xive-native"));

    Outcome outcome = explore(args);

    assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
  }

  static Stream<List<String>> searches() {
    return Stream.of(
        List.of("--strategy", "random", "--schedules", "20", "--seed", "7"),
        List.of("--strategy", "pct", "--schedules", "20", "--seed", "7", "--depth", "2"),
        List.of("--strategy", "dfs", "--bound", "0", "--time", "2m"),
        List.of("--protocol", "gated", "--kernel", "v6", "--quiet", "--bound", "0"),
        List.of("--bound", "0", "--steps", "all", "--width", "80"));
  }

  @Test
  void schedules_areThatMany_withAnyStrategy() {
    for (String strategy : List.of("dfs", "pct", "random")) {
      Outcome outcome =
          explore(
              "--scenario",
              "injection",
              "--backend",
              "xive-native",
              "--strategy",
              strategy,
              "--schedules",
              "3");

      assertTrue(lastLine(outcome).startsWith("3 schedules ("), strategy + lastLine(outcome));
      assertTrue(lastLine(outcome).contains("not complete"), lastLine(outcome));
    }
  }

  @Test
  void scenarioOfOneBackend_isRunThereOnly() {
    Outcome outcome = explore("--scenario", "mmap", "--bound", "0");

    assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
    assertEquals(2, outcome.out().lines().count(), outcome.out());
  }

  @Test
  void scenarioOfTheMuseum_canBeNamed_andItsTokenRuns() {
    Outcome outcome =
        explore(
            "--scenario",
            "just-release",
            "--backend",
            "xive-native",
            "--move",
            "detach:clean-up-vcpus");

    assertEquals(ExitCode.FOUND, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().contains("null pointer: kvm->arch.xive"), outcome.out());
    assertEquals(ExitCode.FOUND, explore("--replay", tokenIn(outcome)).exitCode());
  }

  // ---- running again

  @Test
  void token_alone_runsTheSameAgain() {
    Outcome found = found();
    String token = tokenIn(found);

    Outcome again = explore("--replay", token);

    assertEquals(ExitCode.FOUND, again.exitCode(), again.err());
    assertEquals(token, tokenIn(again));
    String lane = found.out().substring(found.out().indexOf("  step"));
    assertTrue(again.out().contains(lane.substring(0, lane.indexOf("again:"))), again.out());
    assertTrue(
        lastLine(again).matches("1 schedule of \\d+ steps run again, 1 failed, \\d+ schedules/s"),
        lastLine(again));
  }

  @Test
  void token_besideOptionsThatSayTheSame_isFine() {
    String token = tokenIn(found());

    assertEquals(ExitCode.FOUND, explore(FAILING, "--replay", token).exitCode());
  }

  @ParameterizedTest
  @MethodSource("contradictions")
  void token_besideOptionsThatSayOtherwise_exits2(List<String> options, String said) {
    String token = tokenIn(found());

    Outcome outcome = explore(options, "--replay", token);

    assertRefused(outcome, said);
  }

  static Stream<Arguments> contradictions() {
    return Stream.of(
        Arguments.of(List.of("--scenario", "debugfs"), "of --scenario one-reg"),
        Arguments.of(List.of("--backend", "xics-on-xive"), "of --backend xive-native"),
        Arguments.of(List.of("--protocol", "gated"), "--without vcpu-mutex; leave out --protocol"),
        Arguments.of(List.of("--without", "gate"), "leave out --without"),
        Arguments.of(List.of("--kernel", "v52"), "leave out --kernel"),
        Arguments.of(List.of("--bound", "1"), "leave out --bound"),
        Arguments.of(List.of("--strategy", "dfs"), "leave out --strategy"),
        Arguments.of(List.of("--time", "5s"), "leave out --time"),
        Arguments.of(List.of("--list"), "exclude each other"),
        Arguments.of(List.of("--history", "list"), "exclude each other"));
  }

  @Test
  void token_thatDoesNotFitThisBuild_exits2_andRunsNothingElse() {
    ScheduleToken token = ScheduleToken.parse(tokenIn(found()));

    assertRefused(replay(with(token, token.choices(), token.digest() + 1)), "lead to other steps");
    List<Integer> other = new ArrayList<>(token.choices());
    other.set(0, 9);
    assertRefused(
        replay(with(token, other, token.digest())), "actor 10 cannot go on at decision 1");
    List<Integer> more = new ArrayList<>(token.choices());
    more.add(0);
    assertRefused(replay(with(token, more, token.digest())), "it ended after");
    List<Integer> fewer = token.choices().subList(0, token.choices().size() / 2);
    assertRefused(replay(with(token, fewer, token.digest())), "it ended after");
    for (ScheduleToken unknown :
        List.of(
            new ScheduleToken("xive-2", "one-reg", token.setting(), List.of(), 0, 0),
            new ScheduleToken("xive-native", "two-reg", token.setting(), List.of(), 0, 0),
            new ScheduleToken("xive-native", "rtas", token.setting(), List.of(), 0, 0),
            new ScheduleToken("xive-native", "one-reg", "gated,v7", List.of(), 0, 0),
            new ScheduleToken("xive-native", "one-reg", "gated", List.of(), 0, 0),
            new ScheduleToken("xive-native", "one-reg", "gated,v6,-nothing", List.of(), 0, 0),
            new ScheduleToken("xive-native", "one-reg", "gated,v6,nothing", List.of(), 0, 0),
            new ScheduleToken("xive-native", "in-guest", "history/none/before/1", List.of(), 0, 0),
            new ScheduleToken(
                "xive-native", "one-reg", "history/release-races/before/99", List.of(), 0, 0),
            new ScheduleToken(
                "xive-native", "mapped", "history/release-races/before/1", List.of(), 0, 0))) {
      assertRefused(replay(unknown), "does not fit this build");
    }
  }

  private Outcome replay(ScheduleToken token) {
    return explore("--replay", token.toString());
  }

  private static ScheduleToken with(ScheduleToken token, List<Integer> choices, int digest) {
    return new ScheduleToken(
        token.backend(), token.scenario(), token.setting(), choices, token.steps(), digest);
  }

  @Test
  void token_ofAScheduleThatDoesNotFail_exits0() throws IOException {
    Path file = folder.resolve("last.jfr");
    explore(
        "--scenario",
        "one-reg",
        "--backend",
        "xive-native",
        "--bound",
        "0",
        "--record",
        file.toString());
    String token =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> event.getEventType().getName().equals("org.xivebench.Schedule"))
            .findFirst()
            .orElseThrow()
            .getString("token");

    Outcome outcome = explore("--replay", token);

    assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
    assertTrue(outcome.out().contains("\nnothing failed\n"), outcome.out());
  }

  @Test
  void token_ofACase_runsItAgain() {
    Outcome found = explore("--history", "file-mapping", "--bound", "0");
    assertEquals(ExitCode.OK, found.exitCode(), found.err());

    Outcome again = explore("--replay", tokenIn(found));

    assertEquals(ExitCode.FOUND, again.exitCode(), again.err());
    assertTrue(again.out().contains("\nmapping: "), again.out());
    assertRefused(
        explore("--protocol", "gated", "--replay", tokenIn(found)), "of --history file-mapping");
  }

  // ---- wrong usage

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistake_exits2_withOneLine_beforeAnythingRuns(List<String> args, String said) {
    assertRefused(explore(args), said);
  }

  private static void assertRefused(Outcome outcome, String said) {
    assertEquals(ExitCode.USAGE, outcome.exitCode(), outcome.out() + outcome.err());
    assertEquals("", outcome.out());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
    assertTrue(outcome.err().contains(said), outcome.err());
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(List.of("--time", "99999999999999999999s"), "--time takes seconds"),
        Arguments.of(List.of("--time", "9999999999s"), "--time takes seconds"),
        Arguments.of(List.of("--time", "999999m"), "must be from 1s"),
        Arguments.of(List.of("--time", "0s"), "must be from 1s"),
        Arguments.of(List.of("--time", "-1s"), "--time takes seconds"),
        Arguments.of(List.of("--time", "5"), "--time takes seconds"),
        Arguments.of(List.of("--time", ""), "--time takes seconds"),
        Arguments.of(List.of("--time", "5h"), "--time takes seconds"),
        Arguments.of(List.of("--strategy", "bfs"), "there are dfs, pct, random"),
        Arguments.of(List.of("--strategy", "DFS"), "there are dfs, pct, random"),
        Arguments.of(List.of("--bound", "-1"), "must be from 0 to 100"),
        Arguments.of(List.of("--bound", "101"), "must be from 0 to 100"),
        Arguments.of(List.of("--bound", "two"), "--bound"),
        Arguments.of(List.of("--bound", "99999999999"), "--bound"),
        Arguments.of(List.of("--bound", "1", "--strategy", "random"), "goes with --strategy dfs"),
        Arguments.of(List.of("--schedules", "0"), "must be 1 or more"),
        Arguments.of(List.of("--schedules", "-5"), "must be 1 or more"),
        Arguments.of(List.of("--seed", "x"), "--seed"),
        Arguments.of(List.of("--seed", "1"), "goes with --strategy pct or random"),
        Arguments.of(List.of("--depth", "0", "--strategy", "pct"), "must be from 1 to 20"),
        Arguments.of(List.of("--depth", "21", "--strategy", "pct"), "must be from 1 to 20"),
        Arguments.of(List.of("--depth", "3", "--strategy", "random"), "goes with --strategy pct"),
        Arguments.of(List.of("--scenario", "one-rge"), "is one-reg meant?"),
        Arguments.of(List.of("--scenario", "hyper"), "is hypercall or "),
        Arguments.of(List.of("--scenario", "zzzzzz"), "explore --list shows them"),
        Arguments.of(
            List.of("--scenario", "mmap", "--backend", "xics-on-xive"),
            "makes no sense on xics-on-xive"),
        Arguments.of(List.of("--backend", "xive"), "there are xics-on-xive, xive-native"),
        Arguments.of(List.of("--protocol", "none"), "there are gated"),
        Arguments.of(List.of("--kernel", "v7"), "unknown kernel 'v7'"),
        Arguments.of(List.of("--without", "vcpu-mutx"), "is vcpu-mutex meant?"),
        Arguments.of(List.of("--move", "gate"), "--move takes two steps"),
        Arguments.of(List.of("--steps", "0"), "--steps takes a number"),
        Arguments.of(List.of("--steps", "some"), "--steps takes a number"),
        Arguments.of(List.of("--steps", "99999999999"), "--steps takes a number"),
        Arguments.of(List.of("--width", "10"), "must be from 40"),
        Arguments.of(List.of("--replay", "s0001"), "not a token"),
        Arguments.of(List.of("--replay", ""), "not a token"),
        Arguments.of(List.of("--list", "--record", "x.jfr"), "leave out --record"),
        Arguments.of(List.of("--list", "--bound", "2"), "leave out --bound"),
        Arguments.of(List.of("--history", "mmu-redy"), "is mmu-ready meant?"),
        Arguments.of(List.of("--history", "all", "--scenario", "rtas"), "leave out --scenario"),
        Arguments.of(List.of("--history", "all", "--without", "gate"), "leave out --without"),
        Arguments.of(List.of("--record", "/nowhere/x.jfr"), "no folder"),
        Arguments.of(List.of("--json", "/nowhere/x.json"), "no folder"),
        Arguments.of(List.of("--nothing"), "unknown option"));
  }

  // ---- the list

  @Test
  void list_saysWhatEachScenarioDrives_andFailsUnder() {
    Outcome outcome = explore("--list");

    assertEquals(ExitCode.OK, outcome.exitCode());
    for (Scenario scenario : Scenarios.all()) {
      assertTrue(outcome.out().contains("  " + scenario.name() + " "), scenario.name());
      assertTrue(outcome.out().contains(scenario.description()), scenario.name());
      scenario
          .weaknesses()
          .forEach(weakness -> assertTrue(outcome.out().contains(weakness.options())));
    }
    assertTrue(outcome.out().contains("  just-release "), "one of the museum's");
    for (Step step : Step.values()) {
      assertTrue(outcome.out().contains("  " + step.optionName() + " "), step.optionName());
    }
    assertTrue(
        outcome.out().contains("  P5   one_reg get and set  ")
            && outcome.out().contains(" one-reg, one-reg-set"),
        outcome.out());
  }

  @Test
  void list_asJson_hasTheScenarios() throws IOException {
    JsonNode root =
        new JsonMapper().readTree(explore("--list", "--scenario", "mmap", "--json", "-").out());

    JsonNode scenario = root.get("scenarios").get(0);
    assertEquals(1, root.get("scenarios").size());
    assertEquals("mmap", scenario.get("scenario").textValue());
    assertEquals("xive-native", scenario.get("backends").get(0).textValue());
    assertEquals("P8", scenario.get("paths").get(0).textValue());
    assertTrue(
        scenario.get("failsUnder").get(0).get("options").textValue().contains("file-references"));
  }

  // ---- for programs

  @Test
  void json_tellsTheFailureStepByStep() throws IOException {
    Path file = folder.resolve("found.json");
    Outcome outcome = explore(FAILING, "--json", file.toString());

    JsonNode root = new JsonMapper().readTree(file.toFile());
    assertFalse(root.get("interrupted").booleanValue());
    JsonNode scenario = root.get("scenarios").get(0);
    assertEquals("xive-native", scenario.get("backend").textValue());
    assertEquals("one-reg", scenario.get("scenario").textValue());
    assertEquals("P5", scenario.get("paths").get(0).textValue());
    assertFalse(scenario.get("complete").booleanValue());
    assertTrue(scenario.get("schedules").longValue() > 0);
    JsonNode failure = scenario.get("failure");
    assertEquals(tokenIn(outcome), failure.get("token").textValue());
    assertEquals("use-after-free", failure.get("kind").textValue());
    assertEquals("one-reg", failure.get("by").textValue());
    assertEquals("P5", failure.get("path").textValue());
    JsonNode steps = failure.get("steps");
    JsonNode use = steps.get(failure.get("step").intValue() - 1);
    assertEquals("use", use.get("operation").textValue());
    assertEquals("one-reg", use.get("actor").textValue());
    assertEquals("vcpu0->mutex", use.get("locks").get(0).textValue());
    assertEquals("P5", use.get("path").textValue());
    JsonNode freed = failure.get("freed");
    assertEquals("releaser", freed.get("by").textValue());
    JsonNode free = steps.get(freed.get("step").intValue() - 1);
    assertEquals("free", free.get("operation").textValue());
    assertEquals(freed.get("object"), free.get("object"));
    assertEquals(use.get("object"), free.get("object"));
    for (int at = 0; at < steps.size(); at++) {
      assertEquals(at + 1, steps.get(at).get("step").intValue());
    }
  }

  @Test
  void json_ofADeadlock_hasWhoWaitsForWhom() throws IOException {
    Outcome outcome =
        explore(
            "--backend",
            "xive-native",
            "--scenario",
            "expelled",
            "--protocol",
            "seed",
            "--json",
            "-");

    JsonNode failure =
        new JsonMapper().readTree(outcome.out()).get("scenarios").get(0).get("failure");
    assertEquals("stuck", failure.get("kind").textValue());
    assertEquals("[\"releaser\",\"vcpu0\"]", failure.get("cycle").toString());
    JsonNode wait = failure.get("waits").get(0);
    assertEquals("releaser", wait.get("actor").textValue());
    assertEquals("vcpu0->mutex", wait.get("object").textValue());
    assertEquals("vcpu0", wait.get("heldBy").textValue());
    assertEquals(
        "lock",
        failure.get("steps").get(wait.get("since").intValue() - 1).get("operation").textValue());
  }

  @Test
  void json_ofAReplay_hasTheSchedule() throws IOException {
    String token = tokenIn(found());

    JsonNode root = new JsonMapper().readTree(explore("--replay", token, "--json", "-").out());

    assertTrue(root.get("failed").booleanValue());
    assertEquals("one-reg", root.get("scenario").textValue());
    assertEquals(token, root.get("schedule").get("token").textValue());
    assertTrue(root.get("schedule").get("steps").size() > 10);
  }

  // ---- flight recordings

  @Test
  void record_hasAnEventForEachStepOfTheFailure() throws IOException {
    Path file = folder.resolve("found.jfr");
    Outcome outcome = explore(FAILING, "--record", file.toString());
    assertEquals(ExitCode.FOUND, outcome.exitCode(), outcome.err());

    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    RecordedEvent schedule =
        events.stream().filter(event -> isNamed(event, "Schedule")).findFirst().orElseThrow();
    assertEquals(tokenIn(outcome), schedule.getString("token"));
    assertEquals("one-reg", schedule.getString("scenario"));
    assertTrue(schedule.getString("report").startsWith("use after free of xc of vcpu0"));
    Map<Integer, RecordedEvent> steps = stepsIn(events);
    assertEquals(schedule.getInt("steps"), steps.size());
    RecordedEvent use = steps.get(schedule.getInt("reportedAtStep"));
    assertEquals("use", use.getString("operation"));
    assertEquals("one-reg", use.getString("actor"));
    assertEquals("one-reg", use.getThread().getJavaName(), "committed by the actor");
    assertEquals("vcpu0->mutex", use.getString("locks"));
    assertEquals("P5", use.getString("path"));
    assertNotEquals(null, use.getStackTrace());
    RecordedEvent free = steps.get(schedule.getInt("freedAtStep"));
    assertEquals("free", free.getString("operation"));
    assertEquals(use.getString("object"), free.getString("object"));
    assertTrue(
        events.stream().anyMatch(event -> isNamed(event, "UseAfterFree")), "and the product's own");
  }

  private static boolean isNamed(RecordedEvent event, String name) {
    return event.getEventType().getName().equals("org.xivebench." + name);
  }

  private static Map<Integer, RecordedEvent> stepsIn(List<RecordedEvent> events) {
    Map<Integer, RecordedEvent> steps = new java.util.TreeMap<>();
    events.stream()
        .filter(event -> isNamed(event, "ScheduleStep"))
        .forEach(event -> steps.put(event.getInt("step"), event));
    return steps;
  }

  @Test
  void record_ofNothingFound_hasTheLastSchedule() throws IOException {
    Path file = folder.resolve("last.jfr");
    Outcome outcome =
        explore("--scenario", "injection", "--bound", "0", "--record", file.toString());
    assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());

    List<RecordedEvent> schedules =
        RecordingFile.readAllEvents(file).stream()
            .filter(event -> isNamed(event, "Schedule"))
            .toList();
    assertEquals(1, schedules.size());
    assertEquals("injection", schedules.get(0).getString("scenario"));
    assertEquals(null, schedules.get(0).getString("report"));
  }

  @Test
  void record_ofAReplay_hasItsSteps_andNoFileIsLeftWhenTheTokenDoesNotFit() throws IOException {
    ScheduleToken token = ScheduleToken.parse(tokenIn(found()));
    Path file = folder.resolve("again.jfr");

    explore("--replay", token.toString(), "--record", file.toString());
    assertEquals(token.steps(), stepsIn(RecordingFile.readAllEvents(file)).size());

    Files.delete(file);
    Outcome refused =
        explore(
            "--replay",
            with(token, token.choices(), 0).toString(),
            "--record",
            file.toString(),
            "--json",
            folder.resolve("again.json").toString());
    assertEquals(ExitCode.USAGE, refused.exitCode());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(Set.of(), new HashSet<>(left.toList()));
    }
  }

  // ---- ended early

  @Test
  void interrupt_exits4_withWhatWasFoundSoFar() throws IOException {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    XivebenchCommandLine commandLine =
        new XivebenchCommandLine(
            null, Map.of(), context -> List.of(new ExploreCommand(context, BACKENDS)));
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int each) {
            printed.write(each);
            if (each == '\n' && printed.toString(UTF_8).contains("again: ")) {
              commandLine.cancel();
            }
          }
        };
    Path file = folder.resolve("part.json");

    int code =
        commandLine.run(
            new String[] {
              "explore", "--without", "vcpu-mutex", "--bound", "1", "--json", file.toString()
            },
            new PrintStream(out, true, UTF_8),
            new PrintStream(OutputStream.nullOutputStream(), true, UTF_8));

    assertEquals(ExitCode.PARTIAL, code);
    Outcome outcome = new Outcome(code, printed.toString(UTF_8), "");
    assertTrue(lastLine(outcome).contains("interrupted, not complete, 1 failed"), outcome.out());
    JsonNode root = new JsonMapper().readTree(file.toFile());
    assertTrue(root.get("interrupted").booleanValue());
    JsonNode results = root.get("scenarios");
    assertEquals(
        tokenIn(outcome), results.get(results.size() - 1).get("failure").get("token").textValue());
  }

  @Test
  void interrupt_insideAScenario_endsItsSearch() {
    int[] made = {0};
    CommandLineHarness interrupted =
        new CommandLineHarness(
            context ->
                List.of(
                    new ExploreCommand(
                        context,
                        List.of(
                            CountedDeviceType.of(
                                new XiveNativeDeviceType(),
                                () -> {
                                  if (++made[0] == 40) {
                                    context.cancellation().request();
                                  }
                                })))));

    Outcome outcome = interrupted.run("explore", "--scenario", "one-reg", "--bound", "3");

    assertEquals(ExitCode.PARTIAL, outcome.exitCode(), outcome.err());
    assertTrue(lastLine(outcome).contains("interrupted, not complete, 0 failed"), outcome.out());
    assertFalse(lastLine(outcome).startsWith("0 schedules"), outcome.out());
  }

  /** A backend that tells when a device is made. */
  private static final class CountedDeviceType {
    static DeviceType of(DeviceType type, Runnable made) {
      return (DeviceType)
          java.lang.reflect.Proxy.newProxyInstance(
              DeviceType.class.getClassLoader(),
              new Class<?>[] {DeviceType.class},
              (proxy, method, args) -> {
                if (method.getName().equals("create")) {
                  made.run();
                }
                return method.invoke(type, args);
              });
    }
  }
}
