package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;
import org.xivebench.replay.explore.trace.ScheduleToken;
import org.xivebench.replay.explore.trace.ScheduleTrace;
import org.xivebench.replay.explore.trace.TracedStep;

/** A schedule as JSON; docs/explore.md describes the fields. */
final class ScheduleJson {
  private ScheduleJson() {}

  /** Returns a schedule with all its steps, and what went wrong in it, if anything did. */
  static ObjectNode of(ScheduleTrace trace, ScheduleToken token) {
    ObjectNode node = JsonNodeFactory.instance.objectNode().put("token", token.toString());
    trace.finding().ifPresent(finding -> put(finding, trace, node));
    trace.actors().forEach(node.putArray("actors")::add);
    ArrayNode steps = node.putArray("steps");
    trace.steps().forEach(step -> steps.add(of(step, trace)));
    return node;
  }

  private static ObjectNode of(TracedStep step, ScheduleTrace trace) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("step", step.number())
            .put("actor", trace.nameOf(step.actor()))
            .put("operation", step.operation())
            .put("object", step.object());
    step.locks().forEach(node.putArray("locks")::add);
    step.path().ifPresent(path -> node.put("path", path.name()));
    return node;
  }

  private static void put(ScheduleTrace.Finding finding, ScheduleTrace trace, ObjectNode node) {
    node.put("kind", finding.kind().label()).put("report", finding.message());
    put(node, "step", finding.step());
    if (!finding.by().isEmpty()) {
      node.put("by", finding.by());
    }
    finding.path().ifPresent(path -> node.put("path", path.name()));
    if (finding.freed().isPresent()) {
      ScheduleTrace.Freed freed = finding.freed().get();
      ObjectNode end =
          node.putObject("freed")
              .put("object", freed.object())
              .put("by", freed.by())
              .put("reason", freed.reason());
      put(end, "step", freed.step());
    }
    if (!finding.waits().isEmpty()) {
      ArrayNode waits = node.putArray("waits");
      finding.waits().forEach(wait -> put(wait, trace, waits.addObject()));
    }
    if (!finding.cycle().isEmpty()) {
      ArrayNode cycle = node.putArray("cycle");
      finding.cycle().forEach(actor -> cycle.add(trace.nameOf(actor)));
    }
  }

  private static void put(ScheduleTrace.Wait wait, ScheduleTrace trace, ObjectNode node) {
    node.put("actor", trace.nameOf(wait.actor())).put("object", wait.object());
    if (wait.holder().isPresent()) {
      node.put("heldBy", trace.nameOf(wait.holder().getAsInt()));
    }
    put(node, "since", wait.since());
  }

  private static void put(ObjectNode node, String field, OptionalInt step) {
    if (step.isPresent()) {
      node.put(field, step.getAsInt());
    }
  }
}
