package org.xivebench.replay.explore.trace;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.xivebench.replay.explore.scenario.Path;

/**
 * A step of an explored schedule, in a flight recording: committed before it is taken, by the
 * thread of its actor, with the product's code on the stack. Time says nothing about a schedule;
 * {@code step} is the order.
 */
@Name("org.xivebench.ScheduleStep")
@Label("Schedule Step")
@Category({"xivebench", "Exploration"})
final class ScheduleStepEvent extends Event {
  @Label("Schedule")
  int schedule;

  @Label("Step")
  int step;

  @Label("Actor")
  String actor;

  @Label("Operation")
  String operation;

  @Label("Object")
  String object;

  @Label("Locks Held")
  String locks;

  @Label("Path")
  String path;

  static void commit(int schedule, String actor, TracedStep step) {
    ScheduleStepEvent event = new ScheduleStepEvent();
    if (event.shouldCommit()) {
      event.schedule = schedule;
      event.step = step.number();
      event.actor = actor;
      event.operation = step.operation();
      event.object = step.object();
      event.locks = String.join(", ", step.locks());
      event.path = step.path().map(Path::name).orElse(null);
      event.commit();
    }
  }
}
