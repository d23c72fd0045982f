package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.SymptomSearch;
import org.xivebench.replay.explore.history.Museum;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The tables of mutations and of invariants in docs/release.md are the data: every cell that names
 * a scenario is run.
 *
 * <pre>
 *   debugfs: `use after free of xc`      the mutation must show this report
 *   already: cede: `use after free of`   the protocol shows it as it is
 *   survives: rtas, because …            nothing may be seen in that scenario
 *   –                                    the protocol has nothing to change there
 * </pre>
 */
@Timeout(120)
class MutationsTest {
  private static final Path PAGE = Path.of("..", "docs", "release.md");
  private static final Duration LONG = Duration.ofSeconds(100);
  private static final int MOST_PREEMPTIONS = 2;
  private static final Pattern SHOWS = Pattern.compile("(already: )?([a-z-]+): `([^`]+)`");
  private static final Pattern SURVIVES = Pattern.compile("survives: ([a-z-]+), because .+");
  private static final List<String> PROTOCOLS =
      List.of("gated", "vcpu-mutex", "seed", "unprotected");

  /** What the seed shows by itself: its deadlock, and what kernels of its day had. */
  private static final List<String> OF_SEED =
      List.of("waits for", "possible deadlock", "use after free of VP");

  private static final List<DeviceType> BACKENDS =
      List.of(new XiveNativeDeviceType(), new XicsDeviceType());

  @AfterEach
  void forget() {
    Lifetime.resetReports();
    Lockdep.reset();
    Invariants.reset();
  }

  /**
   * A cell of a table.
   *
   * @param options what the mutation is
   * @param protocol it is a mutation of
   * @param text what must come of it
   */
  record Cell(String options, String protocol, String text) {
    VmConfig config() {
      return configOf("--protocol " + protocol + " " + options);
    }

    @Override
    public String toString() {
      return protocol + " " + options + ": " + text;
    }
  }

  @Command(name = "mutation")
  static final class Parsed {
    @Mixin ProtocolOptions protocol;
  }

  private static VmConfig configOf(String options) {
    Parsed parsed = new Parsed();
    new CommandLine(parsed).parseArgs(options.trim().split("\\s+"));
    return parsed.protocol.apply(VmConfig.DEFAULT);
  }

  static List<Cell> mutations() throws IOException {
    List<Cell> cells = new ArrayList<>();
    for (String[] row : rows("| Mutation |")) {
      for (int at = 0; at < PROTOCOLS.size(); at++) {
        String text = row[2 + at];
        if (!text.equals("–")) {
          cells.add(new Cell(optionsIn(row[1]), PROTOCOLS.get(at), text));
        }
      }
    }
    return cells;
  }

  static List<Cell> invariants() throws IOException {
    List<Cell> cells = new ArrayList<>();
    for (String[] row : rows("| Invariant |")) {
      String options = optionsIn(row[2]);
      Matcher protocol = Pattern.compile("--protocol (\\S+)").matcher(options);
      cells.add(
          new Cell(
              protocol.replaceAll(""),
              protocol.reset().find() ? protocol.group(1) : "gated",
              row[3]));
    }
    return cells;
  }

  private static String optionsIn(String cell) {
    return cell.replace("`", "").trim();
  }

  /** Returns the cells of the rows of the table that begins so, without its rule. */
  private static List<String[]> rows(String head) throws IOException {
    List<String> lines = Files.readAllLines(PAGE);
    int at = 0;
    while (!lines.get(at).startsWith(head)) {
      at++;
    }
    List<String[]> rows = new ArrayList<>();
    for (at += 2; at < lines.size() && lines.get(at).startsWith("|"); at++) {
      rows.add(
          Arrays.stream(lines.get(at).substring(1).split("\\|"))
              .map(String::trim)
              .toArray(String[]::new));
    }
    return rows;
  }

  static Stream<Cell> cells() throws IOException {
    return Stream.concat(mutations().stream(), invariants().stream());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  void cell_isAsThePageSays(Cell cell) throws InterruptedException {
    Matcher shows = SHOWS.matcher(cell.text());
    Matcher survives = SURVIVES.matcher(cell.text());
    if (shows.matches()) {
      boolean already = shows.group(1) != null;
      VmConfig config = already ? configOf("--protocol " + cell.protocol()) : cell.config();
      long start = System.nanoTime();
      Optional<Failure> found = find(shows.group(2), config, shows.group(3));
      if (Boolean.getBoolean("xivebench.mutations.times")) {
        System.out.printf("%7d ms  %s%n", (System.nanoTime() - start) / 1_000_000, cell);
      }
      assertTrue(found.isPresent(), cell + " was not seen");
    } else {
      assertTrue(survives.matches(), "not a cell: " + cell.text());
      assertSurvives(survives.group(1), cell);
    }
  }

  private static void assertSurvives(String scenario, Cell cell) throws InterruptedException {
    for (DeviceType type : typesFor(scenario)) {
      SymptomSearch.Result result =
          new SymptomSearch(
                  named(scenario).on(type, BACKENDS, cell.config()),
                  LONG,
                  "nothing",
                  cell.protocol().equals("seed") ? OF_SEED : List.of())
              .searchSimplest(1);
      assertEquals(Optional.empty(), result.unexpected().map(Failure::what), cell.toString());
      assertTrue(result.complete(), cell.toString());
    }
  }

  private static Optional<Failure> find(String scenario, VmConfig config, String symptom)
      throws InterruptedException {
    for (DeviceType type : typesFor(scenario)) {
      Optional<Failure> found =
          new SymptomSearch(named(scenario).on(type, BACKENDS, config), LONG, symptom, List.of())
              .searchSimplest(MOST_PREEMPTIONS)
              .found();
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static List<DeviceType> typesFor(String scenario) {
    List<DeviceType> types =
        BACKENDS.stream().filter(type -> named(scenario).appliesTo(type, BACKENDS)).toList();
    assertFalse(types.isEmpty(), scenario);
    return types;
  }

  private static Scenario named(String name) {
    return Scenarios.named(name).or(() -> Museum.scenario(name)).orElseThrow();
  }
}
