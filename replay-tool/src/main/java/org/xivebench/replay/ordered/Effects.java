package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.xive.OsRingWord;

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

  /** Adds an effect with three fields, in their order. */
  void add(TraceKind kind, long first, long second, long third) {
    TraceEvent unusedEffect = next().begin(kind, first, second, third);
  }

  /** Adds an effect that shows a vCPU's ring. */
  void addRing(TraceKind kind, int cpu, int ring, long word, int cppr) {
    TraceEvent unusedEffect =
        next()
            .begin(
                kind,
                cpu,
                ring,
                OsRingWord.IPB.get(word),
                OsRingWord.PIPR.get(word),
                cppr,
                OsRingWord.NSR.get(word));
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
      return nothingAfter(from);
    }
    StringBuilder text = new StringBuilder();
    for (int i = from; i < size; i++) {
      text.append(i > from ? ", " : "").append(get(i).content());
    }
    return text.toString();
  }

  /** What stands for no effect after some others. */
  static String nothingAfter(int others) {
    return others > 0 ? "nothing more" : "nothing";
  }
}
