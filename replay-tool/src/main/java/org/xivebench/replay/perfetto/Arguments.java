package org.xivebench.replay.perfetto;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Set;
import org.xivebench.replay.jfr.AnnotationInfo;
import org.xivebench.replay.jfr.ChunkHeader;
import org.xivebench.replay.jfr.FieldInfo;
import org.xivebench.replay.jfr.Struct;

/** The fields of an event, as what a viewer shows beside a slice. */
final class Arguments {
  /** What the slice itself shows. */
  private static final Set<String> ELSEWHERE =
      Set.of("startTime", "duration", "eventThread", "sampledThread", "stackTrace");

  private Arguments() {}

  static void write(Struct event, ChunkHeader chunk, JsonGenerator json) throws IOException {
    int index = 0;
    for (FieldInfo field : event.fields()) {
      Object value = event.get(index++);
      if (value != null && !ELSEWHERE.contains(field.name())) {
        write(field, value, chunk, json);
      }
    }
  }

  private static void write(FieldInfo field, Object value, ChunkHeader chunk, JsonGenerator json)
      throws IOException {
    if (value instanceof Struct struct) {
      String text = describe(struct);
      if (text != null) {
        json.writeStringField(field.name(), text);
      }
    } else if (value instanceof Boolean truth) {
      json.writeBooleanField(field.name(), truth);
    } else if (value instanceof Float || value instanceof Double) {
      json.writeNumberField(field.name(), ((Number) value).doubleValue());
    } else if (value instanceof Number number) {
      AnnotationInfo span = field.annotation("jdk.jfr.Timespan");
      if (span != null && "TICKS".equals(span.value())) {
        json.writeNumberField(field.name() + "Nanos", chunk.clock().nanos(number.longValue()));
      } else {
        json.writeNumberField(field.name(), number.longValue());
      }
    } else if (!(value instanceof Object[])) {
      json.writeStringField(field.name(), value.toString());
    }
  }

  /** A thread, class, method or other constant by its name; null when it has none. */
  private static String describe(Struct struct) {
    for (String name : new String[] {"javaName", "osName", "name"}) {
      Object value = struct.get(name);
      if (value instanceof Struct symbol) {
        value = symbol.get("string");
      }
      if (value != null && !value.toString().isEmpty()) {
        return value.toString().replace('/', '.');
      }
    }
    return null;
  }
}
