package org.xivebench.replay.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.history.HistoryRun;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.trace.RecordedSchedule;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.replay.explore.trace.ScheduleTrace;

/**
 * Runs the schedule of a token again: that one, or none. A token of another build may name what
 * there is not any more, or lead elsewhere; both are refused.
 */
final class ScheduleReplay {
  private static final Duration NO_SEARCH = Duration.ZERO;

  private final List<DeviceType> backends;
  private final ScheduleToken token;
  private final Experiment experiment;

  /**
   * What the run gave.
   *
   * @param nanos how long it took
   */
  record Result(ScheduleToken token, ScheduleTrace trace, long nanos) {
    boolean isFailed() {
      return trace.finding().isPresent();
    }
  }

  /**
   * @throws UsageException if this build does not have what the token names
   */
  ScheduleReplay(List<DeviceType> backends, ScheduleToken token) {
    this.backends = backends;
    this.token = token;
    this.experiment = HistoryRun.isOfACase(token) ? ofCase() : ofScenario();
  }

  ScheduleToken token() {
    return token;
  }

  /** Returns the options that the token stands for. */
  String options() {
    return HistoryRun.isOfACase(token)
        ? "--history " + HistoryRun.caseOf(token)
        : ProtocolOptions.ofSetting(token.setting()).asOptions();
  }

  private Experiment ofCase() {
    return new HistoryRun(backends, 0, NO_SEARCH)
        .experimentOf(token)
        .orElseThrow(() -> misfit("there is no case " + token.setting()));
  }

  private Experiment ofScenario() {
    DeviceType type =
        backends.stream()
            .filter(each -> each.name().equals(token.backend()))
            .findFirst()
            .orElseThrow(() -> misfit("there is no backend " + token.backend()));
    Scenario scenario =
        NamedScenarios.named(token.scenario())
            .filter(each -> each.appliesTo(type, backends))
            .orElseThrow(() -> misfit("there is no scenario " + token.scenario()));
    try {
      VmConfig config = ProtocolOptions.ofSetting(token.setting()).apply(VmConfig.DEFAULT);
      return scenario.on(type, backends, config);
    } catch (UsageException e) {
      throw misfit(e.getMessage());
    }
  }

  /**
   * Runs it.
   *
   * @throws UsageException if it leads elsewhere than when the token was made
   */
  Result run() throws InterruptedException {
    long start = System.nanoTime();
    ScheduleTrace trace = new RecordedSchedule().run(experiment, token);
    long nanos = System.nanoTime() - start;
    Optional<String> misfit = trace.misfit();
    if (misfit.isPresent()) {
      throw misfit(misfit.get());
    }
    int steps = trace.steps().size();
    if (steps < token.steps()) {
      throw misfit("it ended after " + steps + " of " + token.steps() + " steps");
    }
    if (trace.digest(token.steps()) != token.digest()) {
      throw misfit("its choices lead to other steps");
    }
    return new Result(token, trace, nanos);
  }

  private static UsageException misfit(String why) {
    return new UsageException("--replay: the token does not fit this build: " + why);
  }
}
