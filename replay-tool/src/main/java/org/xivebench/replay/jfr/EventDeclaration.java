package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An event type that is to be written; immutable, each method returns one with more in it. */
public final class EventDeclaration {
  private final String name;
  private final List<AnnotationInfo> annotations;
  private final boolean duration;
  private final boolean thread;
  private final List<FieldDeclaration> fields;

  private EventDeclaration(
      String name,
      List<AnnotationInfo> annotations,
      boolean duration,
      boolean thread,
      List<FieldDeclaration> fields) {
    this.name = name;
    this.annotations = annotations;
    this.duration = duration;
    this.thread = thread;
    this.fields = fields;
  }

  /** An event type with a start time only, such as {@code org.xivebench.EsbTrigger}. */
  public static EventDeclaration named(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("an event type needs a name");
    }
    return new EventDeclaration(name, List.of(), false, false, List.of());
  }

  /** What tools call the event, in headline style. */
  public EventDeclaration label(String text) {
    return annotated(new AnnotationInfo("jdk.jfr.Label", Map.of("value", text)));
  }

  /** A sentence on the event. */
  public EventDeclaration description(String text) {
    return annotated(new AnnotationInfo("jdk.jfr.Description", Map.of("value", text)));
  }

  /** Where tools list the event, outermost category first. */
  public EventDeclaration category(String... path) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < path.length; i++) {
      values.put("value-" + i, path[i]);
    }
    return annotated(new AnnotationInfo("jdk.jfr.Category", values));
  }

  private EventDeclaration annotated(AnnotationInfo annotation) {
    List<AnnotationInfo> more = new ArrayList<>(annotations);
    more.add(annotation);
    return new EventDeclaration(name, List.copyOf(more), duration, thread, fields);
  }

  /** Gives the event a duration. */
  public EventDeclaration withDuration() {
    return new EventDeclaration(name, annotations, true, thread, fields);
  }

  /** Gives the event a thread. */
  public EventDeclaration withThread() {
    return new EventDeclaration(name, annotations, duration, true, fields);
  }

  /** Adds a field; values are put in the order in which fields were added. */
  public EventDeclaration field(FieldDeclaration field) {
    List<FieldDeclaration> more = new ArrayList<>(fields);
    more.add(field);
    Set<String> names = new HashSet<>();
    for (FieldDeclaration declared : more) {
      if (!names.add(declared.name())) {
        throw new IllegalArgumentException(name + " has two fields named " + declared.name());
      }
    }
    return new EventDeclaration(name, annotations, duration, thread, List.copyOf(more));
  }

  /** Adds a field without annotations. */
  public EventDeclaration field(String fieldName, FieldType type) {
    return field(FieldDeclaration.of(fieldName, type));
  }

  public String name() {
    return name;
  }

  public List<FieldDeclaration> fields() {
    return fields;
  }

  boolean hasDuration() {
    return duration;
  }

  boolean hasThread() {
    return thread;
  }

  List<AnnotationInfo> annotations() {
    return annotations;
  }

  /** All fields in the order of the record, those that every event has included. */
  List<FieldDeclaration> recordFields() {
    List<FieldDeclaration> all = new ArrayList<>();
    all.add(
        FieldDeclaration.implicit("startTime", FieldType.LONG)
            .label("Start Time")
            .annotated("jdk.jfr.Timestamp", "TICKS"));
    if (duration) {
      all.add(
          FieldDeclaration.implicit("duration", FieldType.LONG)
              .label("Duration")
              .annotated("jdk.jfr.Timespan", "TICKS"));
    }
    if (thread) {
      all.add(FieldDeclaration.implicit("eventThread", FieldType.THREAD).label("Event Thread"));
    }
    all.addAll(fields);
    return all;
  }
}
