package org.xivebench.replay.explore.trace;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An explored schedule that was run again, in a flight recording. Its end is the run's. */
@Name("org.xivebench.Schedule")
@Label("Schedule")
@Category({"xivebench", "Exploration"})
@StackTrace(false)
final class ScheduleEvent extends Event {
  @Label("Schedule")
  int schedule;

  @Label("Backend")
  String backend;

  @Label("Scenario")
  String scenario;

  @Label("Steps")
  int steps;

  @Label("Token")
  String token;

  @Label("Report")
  String report;

  @Label("Freed At Step")
  int freedAtStep;

  @Label("Reported At Step")
  int reportedAtStep;

  void commit(int number, ScheduleTrace trace, ScheduleToken of) {
    schedule = number;
    backend = of.backend();
    scenario = of.scenario();
    steps = trace.steps().size();
    token = of.toString();
    trace
        .finding()
        .ifPresent(
            finding -> {
              report = finding.message();
              reportedAtStep = finding.step().orElse(0);
              freedAtStep =
                  finding.freed().map(ScheduleTrace.Freed::step).map(at -> at.orElse(0)).orElse(0);
            });
    commit();
  }
}
