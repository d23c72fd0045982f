package org.xivebench.replay.explore.trace;

import org.xivebench.replay.explore.Experiment;

/**
 * Runs schedules again for a flight recording of this process: an event for each step, one for each
 * schedule, and those of the product's own code.
 */
public final class RecordedSchedule {
  private int schedules;

  /**
   * Runs one. Nothing else may be explored in this JVM meanwhile.
   *
   * @param token says which; its choices are run, and fit
   */
  public ScheduleTrace run(Experiment experiment, ScheduleToken token) throws InterruptedException {
    int number = ++schedules;
    ScheduleEvent event = new ScheduleEvent();
    event.begin();
    ScheduleTrace trace =
        ScheduleTrace.of(
            experiment,
            token.choices(),
            (actor, step) -> ScheduleStepEvent.commit(number, actor, step));
    event.commit(number, trace, token);
    return trace;
  }
}
