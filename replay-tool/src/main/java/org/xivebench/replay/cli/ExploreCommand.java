package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.history.HistoryCase;
import org.xivebench.replay.explore.history.HistoryRun;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.replay.explore.trace.ScheduleToken;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Runs the release of a device beside the paths that use it, under one schedule after the other.
 */
@Command(
    name = "explore",
    description = {
      "Find the interleaving that breaks the release of a device.",
      "%nRuns the product's own code, real backends in it, under a scheduler that lets one thread run at"
          + " a time: every schedule up to a bound on preemptions, or random ones. A failure is"
          + " printed as a swim-lane, with a token that runs it again: --replay TOKEN.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing found",
      "1:a schedule failed; with --history, a case is not as told",
      "2:wrong usage, or a token that does not fit",
      "4:ended early by the user; what had been found is printed"
    })
final class ExploreCommand implements Callable<Integer> {
  private static final List<String> OF_THE_RELEASE =
      List.of("--protocol", "--kernel", "--without", "--with", "--move");

  private final CommandContext context;
  private final List<DeviceType> known;

  @Spec private CommandSpec spec;
  @Mixin private SearchOptions search;
  @Mixin private LaneOptions lanes;
  @Mixin private ProtocolOptions protocol;
  @Mixin private ReportOptions report;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description = "Run this scenario only; --list shows them.")
  private String scenario;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Run it on this backend only. Default: on all.")
  private String backend;

  @Option(
      names = "--replay",
      paramLabel = "TOKEN",
      description = "Run exactly the schedule of a failure again; the token is all that it takes.")
  private String token;

  @Option(
      names = "--history",
      paramLabel = "CASE",
      description =
          "Show a defect that Linux had, before and after it was mended: the hash of a commit, 6"
              + " digits or more, or a name; list shows them, all runs them.")
  private String history;

  @Option(
      names = "--list",
      description =
          "List scenarios, with the paths that they drive and what they fail under, protocols and"
              + " steps, and end.")
  private boolean list;

  @Option(
      names = "--record",
      paramLabel = "FILE.jfr",
      description =
          "Record the schedules that failed, or if none did the last one, as JFR events"
              + " (org.xivebench.*), one for each step.")
  private Path record;

  ExploreCommand(CommandContext context) {
    this(context, List.of());
  }

  /**
   * With backends of a test's own.
   *
   * @param known none: those that the framework has
   */
  ExploreCommand(CommandContext context, List<DeviceType> known) {
    this.context = context;
    this.known = known;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    if (!known.isEmpty()) {
      return run(known);
    }
    try (Backends backends = new Backends(context.bundles())) {
      if (backends.all().isEmpty()) {
        throw new UsageException("no backend was found; is there one in bundles/?");
      }
      return run(backends.all());
    }
  }

  // ---- everything that can be wrong is looked at before anything is run

  private void check() {
    search.check();
    lanes.check();
    VmConfig unusedConfig = protocol.apply(VmConfig.DEFAULT);
    List<String> modes = given("--list", "--history", "--replay");
    if (modes.size() > 1) {
      throw new UsageException(String.join(" and ", modes) + " exclude each other");
    }
    if (token != null) {
      refuse("--replay runs the one schedule of its token", SearchOptions.OF_SCHEDULES);
    }
    if (list) {
      refuse("--list runs nothing", SearchOptions.OF_SCHEDULES);
      refuse("--list runs nothing", List.of("--record"));
    }
    if (history != null) {
      refuse("--history chooses by itself what is run", List.of("--scenario", "--backend"));
      refuse("--history chooses by itself what is run", OF_THE_RELEASE);
      refuse("--history searches depth first", List.of("--strategy", "--schedules"));
      refuse("--history records nothing; --replay of its token does", List.of("--record"));
    }
  }

  private List<String> given(String... options) {
    return Stream.of(options)
        .filter(option -> spec.commandLine().getParseResult().hasMatchedOption(option))
        .toList();
  }

  private void refuse(String why, List<String> options) {
    List<String> useless = given(options.toArray(String[]::new));
    if (!useless.isEmpty()) {
      throw new UsageException(why + "; leave out " + String.join(", ", useless));
    }
  }

  // ---- what is run

  private int run(List<DeviceType> backends) throws IOException, InterruptedException {
    PrintStream out = report.text(context);
    ExploreReport text = new ExploreReport(out, lanes, report.color(context));
    if (token != null) {
      ScheduleReplay replay = new ScheduleReplay(backends, parsedToken());
      refuseContradictions(replay);
      return replay(replay, text);
    }
    List<DeviceType> types = chosen(backends);
    List<ScenarioSearch.Target> targets = targets(types, backends);
    if (list) {
      try (JsonOutput json = report.openJson(context)) {
        ScenarioList lists = new ScenarioList(targets, backends);
        lists.print(out);
        json.write(lists::toJson);
      }
      return ExitCode.OK;
    }
    if (history != null) {
      return runHistory(backends, out);
    }
    return search(targets, backends, text);
  }

  private int runHistory(List<DeviceType> backends, PrintStream out)
      throws IOException, InterruptedException {
    ExploreHistory museum = new ExploreHistory(context, report, lanes, out);
    List<HistoryCase> cases = museum.chosen(history);
    try (JsonOutput json = report.openJson(context)) {
      return museum.run(cases, new HistoryRun(backends, search.bound(), search.limit()), json);
    }
  }

  private int search(
      List<ScenarioSearch.Target> targets, List<DeviceType> backends, ExploreReport text)
      throws IOException, InterruptedException {
    ScenarioSearch searching = new ScenarioSearch(context, report, search, protocol, backends);
    Optional<OutputFile> file = openRecording();
    try (JsonOutput json = report.openJson(context)) {
      List<ScenarioSearch.Result> results = new ArrayList<>();
      for (int at = 0; at < targets.size() && !context.cancellation().isRequested(); at++) {
        String place = targets.size() == 1 ? "" : " " + (at + 1) + " of " + targets.size();
        ScenarioSearch.Result result = searching.run(targets.get(at), place);
        results.add(result);
        text.print(result);
      }
      boolean interrupted = context.cancellation().isRequested();
      text.summarise(results, targets.size(), interrupted);
      searching.record(results, file);
      json.write(() -> ExploreReport.toJson(results, interrupted));
      if (interrupted) {
        return ExitCode.PARTIAL;
      }
      return results.stream().anyMatch(ScenarioSearch.Result::isFailed)
          ? ExitCode.FOUND
          : ExitCode.OK;
    } finally {
      close(file);
    }
  }

  private int replay(ScheduleReplay replay, ExploreReport text)
      throws IOException, InterruptedException {
    Optional<OutputFile> file = openRecording();
    try (JsonOutput json = report.openJson(context)) {
      ScheduleReplay.Result result = RecordOption.recorded(file, replay::run);
      text.print(result);
      json.write(() -> ExploreReport.toJson(result));
      return result.isFailed() ? ExitCode.FOUND : ExitCode.OK;
    } finally {
      close(file);
    }
  }

  private Optional<OutputFile> openRecording() {
    return Optional.ofNullable(record).map(OutputFile::create);
  }

  private static void close(Optional<OutputFile> file) throws IOException {
    if (file.isPresent()) {
      file.get().close();
    }
  }

  // ---- what the user named

  private ScheduleToken parsedToken() {
    try {
      return ScheduleToken.parse(token);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--replay: " + e.getMessage());
    }
  }

  /** What is given beside a token has to say the same as it does. */
  private void refuseContradictions(ScheduleReplay replay) {
    ScheduleToken parsed = replay.token();
    refuseOther("--scenario", scenario, parsed.scenario());
    refuseOther("--backend", backend, parsed.backend());
    List<String> given = given(OF_THE_RELEASE.toArray(String[]::new));
    if (!given.isEmpty() && !protocol.setting().equals(parsed.setting())) {
      throw new UsageException(
          "--replay: the token is of "
              + replay.options()
              + "; leave out "
              + String.join(", ", given));
    }
  }

  private static void refuseOther(String option, String value, String ofToken) {
    if (value != null && !value.equals(ofToken)) {
      throw new UsageException(
          "--replay: the token is of " + option + " " + ofToken + "; leave out " + option);
    }
  }

  private List<DeviceType> chosen(List<DeviceType> backends) {
    return backend == null ? backends : List.of(BackendLookup.named(backends, backend));
  }

  private List<ScenarioSearch.Target> targets(List<DeviceType> types, List<DeviceType> backends) {
    List<Scenario> named = scenario == null ? Scenarios.all() : List.of(namedScenario());
    List<ScenarioSearch.Target> targets =
        types.stream()
            .flatMap(
                type ->
                    named.stream()
                        .filter(each -> each.appliesTo(type, backends))
                        .map(each -> new ScenarioSearch.Target(type, each)))
            .toList();
    if (targets.isEmpty()) {
      throw new UsageException(
          "scenario "
              + scenario
              + " makes no sense on "
              + types.stream().map(DeviceType::name).collect(Collectors.joining(", "))
              + "; xivebench explore --list shows where it runs");
    }
    return targets;
  }

  private Scenario namedScenario() {
    return NamedScenarios.named(scenario)
        .orElseThrow(
            () ->
                new UsageException(
                    "unknown scenario '"
                        + scenario
                        + "'"
                        + NearestNames.question(scenario, NamedScenarios.names())
                        + "; xivebench explore --list shows them"));
  }
}
