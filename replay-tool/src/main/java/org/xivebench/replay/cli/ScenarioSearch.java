package org.xivebench.replay.cli;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.trace.RecordedSchedule;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.replay.explore.trace.ScheduleTrace;

/** Looks for a schedule that fails, in one scenario after the other. */
final class ScenarioSearch {
  private final CommandContext context;
  private final ReportOptions report;
  private final SearchOptions search;
  private final ProtocolOptions protocol;
  private final List<DeviceType> backends;
  private final VmConfig config;

  /** What is searched: a scenario on a backend. */
  record Target(DeviceType type, Scenario scenario) {}

  /**
   * A schedule that failed, and has been run again.
   *
   * @param trace of the second run
   * @param token runs it once more
   */
  record Found(Failure failure, ScheduleTrace trace, ScheduleToken token) {
    /** Returns what was found. */
    String message() {
      return String.valueOf(failure.what().getMessage());
    }

    /**
     * Returns whether the second run failed as the first one did. It may not when the report is of
     * an order of locks: the other order may be that of an earlier schedule.
     */
    boolean isReproduced() {
      return trace
          .finding()
          .filter(finding -> Objects.equals(finding.message(), message()))
          .isPresent();
    }
  }

  /** What a search gave. */
  record Result(Target target, Explorer.Outcome outcome, Optional<Found> found) {
    boolean isFailed() {
      return found.isPresent();
    }
  }

  ScenarioSearch(
      CommandContext context,
      ReportOptions report,
      SearchOptions search,
      ProtocolOptions protocol,
      List<DeviceType> backends) {
    this.context = context;
    this.report = report;
    this.search = search;
    this.protocol = protocol;
    this.backends = backends;
    this.config = protocol.apply(VmConfig.DEFAULT);
  }

  /**
   * Searches a scenario.
   *
   * @param place of it among all, for the progress line
   */
  Result run(Target target, String place) throws InterruptedException {
    String label = target.type().name() + " " + target.scenario().name() + place;
    Explorer.Outcome outcome;
    try (ProgressBar bar = report.progress(context, label, "schedules")) {
      outcome =
          new Explorer(experimentOf(target), search.newStrategy(), search.limit())
              .atMost(search.mostSchedules())
              .stoppingWhen(context.cancellation()::isRequested)
              .telling(bar)
              .explore();
    }
    Optional<Found> found = Optional.empty();
    if (outcome.failure().isPresent()) {
      Failure failure = outcome.failure().get();
      ScheduleTrace trace = ScheduleTrace.of(experimentOf(target), failure.choices());
      found = Optional.of(new Found(failure, trace, token(target, failure.choices(), trace)));
    }
    return new Result(target, outcome, found);
  }

  /**
   * Records the schedules that failed, or the last one. Nothing if no recording is wanted, or no
   * schedule was run.
   */
  void record(List<Result> results, Optional<OutputFile> file)
      throws IOException, InterruptedException {
    List<Result> run = results.stream().filter(each -> each.outcome().schedules() > 0).toList();
    if (file.isEmpty() || run.isEmpty()) {
      return;
    }
    List<Result> failed = run.stream().filter(Result::isFailed).toList();
    List<Result> recorded = failed.isEmpty() ? run.subList(run.size() - 1, run.size()) : failed;
    int unusedCount =
        RecordOption.recorded(
            file,
            () -> {
              RecordedSchedule recording = new RecordedSchedule();
              for (Result result : recorded) {
                record(result, recording);
              }
              return recorded.size();
            });
  }

  private void record(Result result, RecordedSchedule recording) throws InterruptedException {
    Experiment experiment = experimentOf(result.target());
    if (result.found().isPresent()) {
      ScheduleTrace unusedTrace = recording.run(experiment, result.found().get().token());
      return;
    }
    List<Integer> choices = result.outcome().last();
    ScheduleTrace trace = ScheduleTrace.of(experiment, choices);
    ScheduleTrace unusedAgain = recording.run(experiment, token(result.target(), choices, trace));
  }

  private Experiment experimentOf(Target target) {
    return target.scenario().on(target.type(), backends, config);
  }

  private ScheduleToken token(Target target, List<Integer> choices, ScheduleTrace trace) {
    return ScheduleToken.of(
        target.type().name(), target.scenario().name(), protocol.setting(), choices, trace);
  }
}
