package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.FixedSchedule;
import org.xivebench.replay.explore.PriorityWalk;
import org.xivebench.replay.explore.RandomWalk;
import org.xivebench.replay.explore.ScheduleToken;
import org.xivebench.replay.explore.Strategy;
import org.xivebench.replay.explore.SwimLane;
import org.xivebench.replay.explore.history.HistoryRun;
import org.xivebench.replay.explore.scenario.Path;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Runs the release of a device beside the paths that use it, under one schedule after the other.
 */
@Command(
    name = "explore",
    description = {
      "Find the interleaving that breaks the release of a device.",
      "%nRuns the product's own code, real backends in it, under a scheduler that lets one thread run at"
          + " a time: every schedule up to a bound on preemptions, or random ones. A failure is"
          + " printed as a swim-lane, with a token that runs it again.%n"
    })
final class ExploreCommand implements Callable<Integer> {
  private static final Pattern TIME = Pattern.compile("(\\d+)([sm])");

  private final CommandContext context;

  @Mixin private ReportOptions report;
  @Mixin private ProtocolOptions protocol;

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
      names = "--strategy",
      paramLabel = "NAME",
      description =
          "dfs: every schedule within the bound (default); pct: random priorities, changed at"
              + " --depth - 1 random moments; random: each choice at random.")
  private String strategy = "dfs";

  @Option(
      names = "--bound",
      paramLabel = "N",
      description = "With dfs: most preemptions in a schedule. Default: ${DEFAULT-VALUE}.")
  private int bound = 2;

  @Option(
      names = "--schedules",
      paramLabel = "N",
      description = "With pct and random: how many. Default: ${DEFAULT-VALUE}.")
  private long schedules = 1000;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "With pct and random: of the first schedule. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description =
          "With pct: how many steps have to fall in a certain order, 1 to 20. Default:"
              + " ${DEFAULT-VALUE}.")
  private int depth = 3;

  @Option(
      names = "--time",
      paramLabel = "LIMIT",
      description = "Begin no schedule of a scenario after so long: 12s, 5m. Default: 60s.")
  private String time = "60s";

  @Option(
      names = "--replay",
      paramLabel = "TOKEN",
      description = "Run exactly this schedule of --scenario on --backend again.")
  private String token;

  @Option(
      names = "--history",
      paramLabel = "CASE",
      description =
          "Show a defect that Linux had, before and after it was mended: the hash of a commit, 6"
              + " digits or more, or a name; list shows them, all runs them.")
  private String history;

  @Option(names = "--list", description = "List scenarios, protocols and steps, and end.")
  private boolean list;

  ExploreCommand(CommandContext context) {
    this.context = context;
  }

  private record Result(String backend, Scenario scenario, Explorer.Outcome outcome) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    VmConfig config = protocol.apply(VmConfig.DEFAULT);
    Duration limit = parseTime();
    if (token != null && (scenario == null || backend == null)) {
      throw new UsageException(
          "--replay wants --scenario and --backend, as the failure names them");
    }
    try (Backends backends = new Backends(context.bundles());
        JsonOutput json = report.openJson(context)) {
      List<DeviceType> types = chosen(backends);
      PrintStream out = report.text(context);
      if (history != null) {
        ExploreHistory museum = new ExploreHistory(context, out);
        return museum.run(
            museum.chosen(history), new HistoryRun(backends.all(), bound, limit), json);
      }
      if (list) {
        printList(types, backends.all(), out);
        return ExitCode.OK;
      }
      List<Result> results = new ArrayList<>();
      for (DeviceType type : types) {
        for (Scenario each : scenarios(type, backends.all())) {
          if (context.cancellation().isRequested()) {
            json.write(() -> toJson(results));
            return ExitCode.PARTIAL;
          }
          Result result =
              new Result(
                  type.name(),
                  each,
                  new Explorer(each.on(type, backends.all(), config), newStrategy(), limit)
                      .explore());
          results.add(result);
          print(result, out);
        }
      }
      summarise(results, out);
      json.write(() -> toJson(results));
      return results.stream().anyMatch(result -> result.outcome().failure().isPresent())
          ? ExitCode.FOUND
          : ExitCode.OK;
    }
  }

  private Duration parseTime() {
    Matcher matcher = TIME.matcher(time);
    if (!matcher.matches()) {
      throw new UsageException("--time takes seconds or minutes, such as 12s or 5m, not " + time);
    }
    long count = Long.parseLong(matcher.group(1));
    return matcher.group(2).equals("s") ? Duration.ofSeconds(count) : Duration.ofMinutes(count);
  }

  private List<DeviceType> chosen(Backends backends) {
    return backend == null ? backends.all() : List.of(BackendLookup.named(backends.all(), backend));
  }

  private List<Scenario> scenarios(DeviceType type, List<DeviceType> backends) {
    List<Scenario> all =
        Scenarios.all().stream().filter(each -> each.appliesTo(type, backends)).toList();
    if (scenario == null) {
      return all;
    }
    List<Scenario> named = all.stream().filter(each -> each.name().equals(scenario)).toList();
    if (named.isEmpty()) {
      throw new UsageException(
          "no scenario '"
              + scenario
              + "' on "
              + type.name()
              + "; xivebench explore --list shows them");
    }
    return named;
  }

  private Strategy newStrategy() {
    if (token != null) {
      try {
        return new FixedSchedule(ScheduleToken.parse(token));
      } catch (IllegalArgumentException e) {
        throw new UsageException(e.getMessage());
      }
    }
    if (bound < 0 || bound > 100) {
      throw new UsageException("--bound " + bound + ": must be from 0 to 100");
    }
    if (depth < 1 || depth > 20) {
      throw new UsageException("--depth " + depth + ": must be from 1 to 20");
    }
    return switch (strategy) {
      case "dfs" -> new DepthFirst(bound);
      case "pct" -> new PriorityWalk(seed, schedules, depth);
      case "random" -> new RandomWalk(seed, schedules);
      default ->
          throw new UsageException(
              "unknown strategy '" + strategy + "'; there are dfs, pct, random");
    };
  }

  private static void printList(List<DeviceType> types, List<DeviceType> all, PrintStream out) {
    for (DeviceType type : types) {
      out.println("Scenarios on " + type.name() + ":");
      for (Scenario each : Scenarios.all()) {
        if (each.appliesTo(type, all)) {
          out.printf(
              Locale.ROOT,
              "  %-22s %s (%s)%n",
              each.name(),
              each.description(),
              each.paths().stream().map(Path::name).collect(Collectors.joining(", ")));
        }
      }
    }
    out.println("Protocols:");
    for (ReleaseProtocol each : ReleaseProtocol.all()) {
      out.printf(Locale.ROOT, "  %-22s %s%n", each.name(), each.description());
    }
    out.println("Steps, for --without:");
    for (Step each : Step.values()) {
      out.printf(Locale.ROOT, "  %-22s %s%n", each.optionName(), each.effect());
    }
    out.println("Fixes of the kernel, for --without:");
    for (KernelFix each : KernelFix.values()) {
      out.printf(
          Locale.ROOT,
          "  %-22s %s (%s since %s)%n",
          each.optionName(),
          each.effect(),
          each.commit().orElse("not in Linux;"),
          each.since().optionName());
    }
  }

  private void print(Result result, PrintStream out) {
    Explorer.Outcome outcome = result.outcome();
    out.printf(
        Locale.ROOT,
        "%-14s %-14s %9d schedules  %s%n",
        result.backend(),
        result.scenario().name(),
        outcome.schedules(),
        outcome.failure().isPresent()
            ? "FAILED"
            : outcome.complete() ? "complete" : "not complete");
    if (outcome.failure().isPresent()) {
      Failure failure = outcome.failure().get();
      out.println();
      SwimLane.print(failure, out);
      out.println();
      out.println("  " + failure.what());
      out.println(
          "  again: --backend "
              + result.backend()
              + " --scenario "
              + result.scenario().name()
              + protocol.asOptions()
              + " --replay "
              + ScheduleToken.of(failure.choices()));
      out.println();
    }
  }

  private static void summarise(List<Result> results, PrintStream out) {
    long total = results.stream().mapToLong(result -> result.outcome().schedules()).sum();
    long nanos = results.stream().mapToLong(result -> result.outcome().nanos()).sum();
    long failed = results.stream().filter(result -> result.outcome().failure().isPresent()).count();
    boolean complete = results.stream().allMatch(result -> result.outcome().complete());
    out.printf(
        Locale.ROOT,
        "%d schedules (%d distinct, %d cut short), %s, %d failed, %.0f schedules/s%n",
        total,
        results.stream().mapToLong(result -> result.outcome().distinct()).sum(),
        results.stream().mapToLong(result -> result.outcome().cut()).sum(),
        complete ? "complete" : "not complete",
        failed,
        nanos == 0 ? 0.0 : total * 1e9 / nanos);
  }

  private static ObjectNode toJson(List<Result> results) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode array = root.putArray("scenarios");
    for (Result result : results) {
      Explorer.Outcome outcome = result.outcome();
      ObjectNode node =
          array
              .addObject()
              .put("backend", result.backend())
              .put("scenario", result.scenario().name())
              .put("schedules", outcome.schedules())
              .put("distinct", outcome.distinct())
              .put("cut", outcome.cut())
              .put("complete", outcome.complete())
              .put("durationNanos", outcome.nanos());
      outcome
          .failure()
          .ifPresent(
              failure ->
                  node.put("failure", failure.what().toString())
                      .put("replay", ScheduleToken.of(failure.choices())));
    }
    return root;
  }
}
