package org.xivebench.replay.jfr;

import java.io.IOException;

/** Touches everything that can be asked of a recording. */
final class EventExpander {
  private static final int MAX_DEPTH = 6;

  private EventExpander() {}

  /** Reads to the end, follows every reference, and returns the number of events. */
  static long expandAll(JfrReader reader) throws IOException {
    EventCursor whole =
        reader.selectWhole(
            type -> true,
            "startTime",
            "duration",
            "eventThread",
            "stackTrace",
            "eventThread.group");
    Completeness completeness = Completeness.of(reader);
    long events = 0;
    while (reader.next() != null) {
      events++;
      whole.getNanos(0);
      whole.getNanos(1);
      if (whole.has(2) && whole.field(2).isConstant()) {
        whole.getThread(2);
      }
      if (whole.has(3) && whole.field(3).isConstant()) {
        whole.getStackDepth(3);
        whole.getStackTrace(3);
      }
      whole.getObject(4);
      expand(whole.struct(), 0);
    }
    completeness.reasons();
    return events;
  }

  private static void expand(Object value, int depth) {
    if (depth > MAX_DEPTH) {
      return;
    }
    if (value instanceof Struct struct) {
      for (int i = 0; i < struct.fields().size(); i++) {
        expand(struct.get(i), depth + 1);
      }
    } else if (value instanceof Object[] elements) {
      for (Object element : elements) {
        expand(element, depth + 1);
      }
    }
  }
}
