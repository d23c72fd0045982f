package org.xivebench.replay.perfetto;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.Struct;

/** Events that sample a quantity: shown as a curve. */
final class Counter {
  /** Of each such type, the fields that are drawn. */
  private static final Map<String, List<String>> FIELDS =
      Map.of(
          "jdk.CPULoad", List.of("jvmUser", "jvmSystem", "machineTotal"),
          "jdk.GCHeapSummary", List.of("heapUsed"),
          "jdk.MetaspaceSummary", List.of("metaspace.used"),
          "jdk.PhysicalMemory", List.of("usedSize"),
          "jdk.JavaThreadStatistics", List.of("activeCount"),
          "jdk.ThreadContextSwitchRate", List.of("switchRate"),
          "jdk.ResidentSetSize", List.of("size"),
          "jdk.ClassLoadingStatistics", List.of("loadedClassCount"));

  private Counter() {}

  /** Writes the event if it is a sample; returns whether it is. */
  static boolean write(EventCursor event, int jvm, long startNanos, JsonGenerator json)
      throws IOException {
    List<String> fields = FIELDS.get(event.type().name());
    if (fields == null) {
      return false;
    }
    Struct values = event.struct();
    json.writeStartObject();
    json.writeStringField("name", Tracks.labelOf(event.type()));
    json.writeStringField("ph", "C");
    json.writeNumberField("pid", jvm);
    json.writeNumberField("ts", BigDecimal.valueOf(startNanos, 3));
    json.writeObjectFieldStart("args");
    for (String field : fields) {
      if (values.get(field) instanceof Number number) {
        json.writeNumberField(field, number.doubleValue());
      }
    }
    json.writeEndObject();
    json.writeEndObject();
    return true;
  }
}
