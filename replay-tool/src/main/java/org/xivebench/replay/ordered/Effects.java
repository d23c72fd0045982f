package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceKind;

/** What one operation caused, in order. The objects are used again for the next operation. */
final class Effects {
  private final List<TraceEvent> events = new ArrayList<>();
  private int size;

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  TraceEvent get(int index) {
    return events.get(index);
  }

  /** Adds an effect, to be filled. */
  TraceEvent add(TraceKind kind) {
    return next().begin(kind, 0, TraceEvent.NO_VCPU, 0);
  }

  void add(TraceEvent recorded) {
    TraceEvent unusedCopy = next().copyFrom(recorded);
  }

  private TraceEvent next() {
    if (size == events.size()) {
      events.add(new TraceEvent());
    }
    return events.get(size++);
  }

  /** From {@code from} on, as a line. */
  String describe(int from) {
    if (from >= size) {
      return "nothing" + (from > 0 ? " more" : "");
    }
    StringBuilder text = new StringBuilder();
    for (int i = from; i < size; i++) {
      text.append(i > from ? ", " : "").append(get(i).content());
    }
    return text.toString();
  }
}
