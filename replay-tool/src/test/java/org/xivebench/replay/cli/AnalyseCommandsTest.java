package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import org.xivebench.replay.jfr.BrokenRecordings;

/** analyse, stats and check on a sound recording: options, outputs, exit codes. */
class AnalyseCommandsTest {
  @TempDir Path folder;
  private Path recording;

  @BeforeEach
  void write() throws IOException {
    recording = folder.resolve("kafka.jfr");
    Files.write(recording, BrokenRecordings.sound());
  }

  private static Outcome run(Object... args) {
    return new CommandLineHarness(Commands::create)
        .run(List.of(args).stream().map(Object::toString).toArray(String[]::new));
  }

  @Test
  void analyse_saysFirstWhatOneWantsToKnow() {
    Outcome outcome = run("analyse", recording);
    assertEquals(ExitCode.OK, outcome.exitCode());
    assertEquals("", outcome.err());
    List<String> screen = outcome.out().lines().limit(8).toList();
    assertEquals("ProducerPerformance, process 19079", screen.get(0));
    assertTrue(screen.get(2).contains("17.0.15"), screen::toString);
    assertTrue(
        screen.stream().anyMatch(l -> l.contains("10,894, 236 kB, 255/s")), screen::toString);
    assertTrue(
        screen.stream().anyMatch(l -> l.matches("  verdict    \\d+ warning.*")), screen::toString);
  }

  @ParameterizedTest
  @CsvSource({"60", "80", "100", "140"})
  void text_fitsTheWidth_andIsPlainInAPipe(int width) {
    String text = run("analyse", "--width", width, recording).out();
    assertFalse(text.contains("\u001b"));
    text.lines()
        .forEach(line -> assertTrue(line.length() <= width, () -> line.length() + ": " + line));
  }

  @Test
  void json_hasTheDocumentedFields() throws IOException {
    Outcome outcome = run("analyse", "--json", "-", recording);
    JsonNode root = new JsonMapper().readTree(outcome.out());
    assertEquals("xivebench-analysis", root.get("schema").asText());
    JsonNode jvm = root.get("jvms").get(0);
    assertEquals(10_894, jvm.get("events").asLong());
    JsonNode pauses = jvm.at("/sections/gc/breakdowns/pauses/all");
    assertEquals(
        List.of("count", "totalNanos", "minNanos", "p50Nanos", "p90Nanos", "p99Nanos", "p999Nanos"),
        names(pauses).subList(0, 7));
    assertTrue(pauses.get("p50Nanos").asLong() <= pauses.get("p99Nanos").asLong());
    assertTrue(jvm.at("/sections/gc/figures/pauseShareRatio").isDouble());
    assertTrue(jvm.at("/timeline/lanes/0/states").size() > 0);
    assertTrue(jvm.at("/sections/hotMethods/callTrees/java/root/children/0/method").isTextual());
  }

  private static List<String> names(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  @Test
  void csv_hasALineForEachNumber_ofSixColumns() throws IOException {
    Path csv = folder.resolve("out.csv");
    assertEquals(ExitCode.OK, run("analyse", "--csv", csv, recording).exitCode());
    List<String> lines = Files.readString(csv, UTF_8).lines().toList();
    assertEquals("jvm,section,part,key,field,value", lines.get(0));
    assertTrue(lines.contains("1,events,figures,,count,10894"));
    assertTrue(lines.stream().anyMatch(l -> l.startsWith("1,gc,pauses,all,p99Nanos,")));
    assertEquals(run("analyse", "--csv", "-", recording).out().lines().toList(), lines);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--from soon           | --from soon: must be like",
        "--width 20            | --width 20: must be 60 to 10000",
        "--limit 0             | --limit 0: must be 1 or more",
        "--events jdk.NoSuch   | no event type matches --events jdk.NoSuch",
        "--from 20s --to 10s   | --from 20s is not before --to 10s",
        "--sort colour         | Invalid value for option '--sort'",
      })
  void wrongUsage_isOneLineAndExitCode2(String options, String message) {
    List<Object> args = new ArrayList<>(List.of("analyse"));
    args.addAll(List.of(options.split(" ", -1)));
    args.add(recording);
    Outcome outcome = run(args.toArray());
    assertEquals(ExitCode.USAGE, outcome.exitCode(), outcome::err);
    assertEquals(1, outcome.err().lines().count());
    assertTrue(outcome.err().contains(message), outcome::err);
    assertEquals("", outcome.out());
  }

  @Test
  void filters_relativeToBeginAndEnd_takeThePart() {
    long whole = events("analyse", "--json", "-", recording);
    long first = events("analyse", "--to", "20s", "--json", "-", recording);
    long last = events("analyse", "--from", "20s", "--json", "-", recording);
    assertTrue(first > 0 && last > 0);
    assertEquals(whole, first + last);
    assertTrue(events("analyse", "--from", "-5s", "--json", "-", recording) < last);
  }

  private static long events(Object... args) {
    try {
      return new JsonMapper().readTree(run(args).out()).at("/jvms/0/events").asLong();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void stats_ofAnyFieldByAnyOther() throws IOException {
    Outcome outcome =
        run("stats", "--events", "ThreadPark", "--by", "parkedClass", "--json", "-", recording);
    JsonNode stats = new JsonMapper().readTree(outcome.out());
    assertTrue(stats.at("/all/p99Nanos").asLong() > 0);
    assertTrue(stats.at("/entries/0/key").asText().startsWith("java.util.concurrent"));

    JsonNode bytes =
        new JsonMapper()
            .readTree(run("stats", "--field", "heapUsed", "--json", "-", recording).out());
    assertEquals("jdk.GCHeapSummary", bytes.at("/entries/0/key").asText());
    assertTrue(bytes.at("/all/maxBytes").asLong() > 1_000_000);

    JsonNode loads =
        new JsonMapper()
            .readTree(run("stats", "--field", "machineTotal", "--json", "-", recording).out());
    assertTrue(loads.at("/all/maxMillionths").asLong() <= 1_000_000, loads::toString);
  }

  @Test
  void stats_ofNoSuchField_isWrongUsage() {
    Outcome outcome = run("stats", "--field", "nothing", recording);
    assertEquals(ExitCode.USAGE, outcome.exitCode());
    assertTrue(outcome.err().contains("has a numeric field 'nothing'"), outcome::err);
  }

  @Test
  void check_failsForFindingsOfTheSeverityOrAbove() {
    assertEquals(ExitCode.FOUND, run("check", recording).exitCode());
    assertEquals(ExitCode.OK, run("check", "--severity", "error", recording).exitCode());
    assertEquals(ExitCode.FOUND, run("check", "--severity", "info", recording).exitCode());
    assertEquals(ExitCode.OK, run("check", "--ignore", "*", recording).exitCode());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'value':'gc.pauses.p99Nanos','above':'1ms'                        | 1",
        "'value':'gc.pauses.p99','above':'10s'                             | 0",
        "'value':'events.types[jdk.ThreadPark].count','below':1            | 0",
        "'value':'events.durations[jdk.*].max','above':'1us'               | 1",
        "'value':'gc.pauseShareRatio','above':'1%'                         | 1",
        "'value':'gc.noSuch.p99','above':1                                 | 0",
        "'value':'gc.noSuch.p99','above':1,'required':true                 | 1",
        "'value':'gc.pauses.p99Nanos','above':'1 parsec'                   | 3",
        "'value':'gcc.pauses.p99Nanos','above':'1ms'                       | 3",
        "'value':'gc.pauses.p99Nanos','abov':'1ms'                         | 3",
        "'value':'gc.pauses.p99Nanos'                                      | 3",
        "'value':'gc','above':1                                            | 3",
      })
  void check_byRulesOfTheUser(String rule, int exitCode) throws IOException {
    Path rules = folder.resolve("rules.json");
    String json = "{'rules':[{'name':'mine','severity':'error'," + rule + "}]}";
    Files.writeString(rules, json.replace('\'', '"'));
    Outcome outcome = run("check", "--severity", "error", "--rules", rules, recording);
    assertEquals(exitCode, outcome.exitCode(), outcome::err);
    if (exitCode == ExitCode.INPUT) {
      assertTrue(
          outcome.err().startsWith("xivebench check: " + rules + ": rule 1: "), outcome::err);
    } else {
      assertEquals(exitCode == ExitCode.FOUND, outcome.out().contains("! error   mine: "));
    }
  }

  @Test
  void rulesList_needsNoRecording() {
    Outcome outcome = run("analyse", "--rules", "list");
    assertEquals(ExitCode.OK, outcome.exitCode());
    assertTrue(outcome.out().lines().anyMatch(l -> l.startsWith("lost-events ")));
    assertEquals(outcome.out(), run("check", "--rules", "list").out());
  }

  @Test
  void folder_isTakenWithAllItsRecordings_eachOnce() throws IOException {
    Files.createDirectory(folder.resolve("more"));
    Files.writeString(folder.resolve("more/notes.txt"), "no recording");
    assertEquals(10_894, events("analyse", "--json", "-", folder, recording));
  }

  @Test
  void recordingThatIsNotThere_isSaidInOneLine() {
    Outcome outcome = run("analyse", folder.resolve("no.jfr"));
    assertEquals(ExitCode.INPUT, outcome.exitCode());
    assertEquals(
        "xivebench analyse: " + folder.resolve("no.jfr") + ": there is no such file\n",
        outcome.err());
  }
}
