package org.xivebench.replay.explore.trace;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.replay.explore.Failure;
import org.xivebench.replay.explore.FixedSchedule;
import org.xivebench.replay.explore.scenario.Path;

/**
 * A schedule that has been run again, and what came of it.
 *
 * @param actors their names, in the order of their columns
 * @param steps what they did
 * @param finding what went wrong, if anything did
 * @param misfit why the choices do not fit what was run; empty if they do
 * @param ranOut whether the run came to a decision after the last one that was given, and was ended
 *     there
 */
public record ScheduleTrace(
    List<String> actors,
    List<TracedStep> steps,
    Optional<Finding> finding,
    Optional<String> misfit,
    boolean ranOut) {

  /** What went wrong. */
  public enum Kind {
    /** Something was used that had been freed. */
    USE_AFTER_FREE("use-after-free"),
    /** Something was freed twice. */
    DOUBLE_FREE("double-free"),
    /** Actors wait for each other, or for what nobody gives. */
    STUCK("stuck"),
    /** A rule was broken from which something bad follows. */
    BROKEN_RULE("broken-rule"),
    /** What must hold at the end does not, or an actor failed. */
    FAILED("failed");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** Returns the name in JSON. */
    public String label() {
      return label;
    }
  }

  /**
   * What went wrong.
   *
   * @param kind of what sort it is
   * @param message what is reported
   * @param step at which it was; empty when it was seen after the last step
   * @param by the actor that took that step, or whoever else it was
   * @param path by which that one had come into the controller
   * @param freed of a use after free or a double free, the first free
   * @param waits of actors that are stuck, who waits for what
   * @param cycle indices of the actors that wait for each other in a ring of locks, each for the
   *     next; empty if there is none
   */
  public record Finding(
      Kind kind,
      String message,
      OptionalInt step,
      String by,
      Optional<Path> path,
      Optional<Freed> freed,
      List<Wait> waits,
      List<Integer> cycle) {}

  /**
   * An object that was freed.
   *
   * @param object its name
   * @param by who freed it
   * @param reason what it was freed for
   * @param step at which; empty when that was before the schedule or after it
   */
  public record Freed(String object, String by, String reason, OptionalInt step) {}

  /**
   * An actor that cannot go on.
   *
   * @param actor its index
   * @param object what it waits for
   * @param holder index of the actor that holds it, if it is a lock that an actor holds
   * @param since the step at which that one took it
   */
  public record Wait(int actor, String object, OptionalInt holder, OptionalInt since) {}

  /**
   * Runs a schedule, on threads that have the actors' names. Nothing else may be explored in this
   * JVM meanwhile.
   *
   * @param choices the actor at each decision
   */
  public static ScheduleTrace of(Experiment experiment, List<Integer> choices)
      throws InterruptedException {
    return of(experiment, choices, (actor, step) -> {});
  }

  /** The same, telling somebody of each step before it is taken, on its actor's thread. */
  public static ScheduleTrace of(
      Experiment experiment, List<Integer> choices, TracedStepListener listener)
      throws InterruptedException {
    FixedSchedule schedule = new FixedSchedule(choices);
    StepRecorder recorder = new StepRecorder(listener);
    Explorer.Outcome outcome =
        Explorer.replaying(
                () -> {
                  Experiment.Run run = experiment.prepare();
                  recorder.begin(List.copyOf(run.actors().keySet()));
                  return run;
                },
                schedule,
                recorder)
            .explore();
    return new ScheduleTrace(
        recorder.actors(),
        recorder.steps(),
        outcome.failure().map(Failure::what).map(recorder::explain),
        schedule.misfit(),
        schedule.ranOut());
  }

  /** Returns a checksum of who takes which kind of step in the first so many steps. */
  public int digest(int stepCount) {
    CRC32 crc = new CRC32();
    for (TracedStep step : steps.subList(0, stepCount)) {
      crc.update(step.actor());
      crc.update(step.kind().ordinal());
    }
    return (int) crc.getValue();
  }

  /** Returns the name of an actor. */
  public String nameOf(int actor) {
    return actors.get(actor);
  }
}
