package org.xivebench.replay.trace;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.TickClock;

/** Makes events of one kind of what a recording has. */
final class EventDecoder {
  private static final String[] COMMON = {
    "startTime", "eventThread.osThreadId", "sequence", "vcpu"
  };

  private final TraceKind kind;
  private final EventCursor cursor;

  private final JfrReader recording;

  // What is known of the chunk at work.
  private int chunk;
  private boolean complete;

  /** Null if the chunk's times are not in ticks. */
  private TickClock ticks;

  private final ThreadNumbers threads;

  /**
   * @param threads the same for all kinds
   */
  EventDecoder(TraceKind kind, JfrReader recording, ThreadNumbers threads) {
    this.kind = kind;
    this.recording = recording;
    this.threads = threads;
    List<String> paths = new ArrayList<>(List.of(COMMON));
    kind.fields().forEach(field -> paths.add(field.jfrName()));
    // A flight recording of the same run may stand behind the trace. Java's own events, which may
    // have the same name, have a duration.
    this.cursor =
        recording.selectRows(
            type -> type.name().equals(kind.jfrName()) && type.field("duration") == null,
            paths.toArray(String[]::new));
  }

  EventCursor cursor() {
    return cursor;
  }

  /** How many slots the cursor must have. */
  int fieldCount() {
    return COMMON.length + kind.fieldCount();
  }

  /**
   * Completes an event whose words have been filled from what the cursor shows.
   *
   * @return whether the events of the chunk have all fields of the kind; if not, the event is none
   */
  boolean decode(TraceEvent event) {
    // What the words hold is as yet what was recorded: ticks, and the number of a constant.
    if (recording.chunks() != chunk) {
      enterChunk();
    }
    if (!complete) {
      return false;
    }
    long thread = threads.of(event.thread(), cursor);
    long time =
        ticks != null ? ticks.epochNanos(event.timeNanos()) : cursor.getNanos(TraceEvent.TIME);
    event.filled(kind, time, thread);
    return true;
  }

  private void enterChunk() {
    chunk = recording.chunks();
    complete = true;
    for (int slot = 0; slot < fieldCount(); slot++) {
      complete &= cursor.has(slot);
    }
    if (complete) {
      threads.enter(chunk);
      ticks = cursor.field(TraceEvent.TIME).isTickTimestamp() ? cursor.clock() : null;
    }
  }
}
