package org.xivebench.replay.perfetto;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.IdentityHashMap;
import java.util.function.Predicate;
import org.xivebench.replay.analysis.EventFilter;
import org.xivebench.replay.analysis.Glob;
import org.xivebench.replay.jfr.ChunkHeader;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.StackFrame;
import org.xivebench.replay.jfr.StackTrace;
import org.xivebench.replay.jfr.ThreadInfo;
import org.xivebench.replay.jfr.TypeInfo;

/**
 * Writes events of recordings in Google's Trace Event Format (JSON), which ui.perfetto.dev and
 * chrome://tracing open:
 *
 * <ul>
 *   <li>an event with a length is a slice on the track of its thread or vCPU, or, where it has
 *       neither, on a track of its type;
 *   <li>an event without a length is an instant on the track of its thread or vCPU; one that has
 *       neither, such as a setting, is left out;
 *   <li>samples of CPU load, heap and the like are counters.
 * </ul>
 *
 * Each JVM of a recording is a process, and so are the vCPUs of its guest. Times count from the
 * first chunk; what began before it is cut there, since viewers know no negative times.
 */
public final class PerfettoTrace implements Closeable {
  private static final String[] FIELDS = {
    "startTime", "duration", "eventThread", "sampledThread", "stackTrace", "vcpu"
  };
  private static final int START = 0;
  private static final int DURATION = 1;
  private static final int THREAD = 2;
  private static final int SAMPLED_THREAD = 3;
  private static final int STACK = 4;
  private static final int VCPU = 5;

  /** Frames of a stack trace that an event shows. */
  private static final int MOST_FRAMES = 12;

  /** Stack traces whose text is kept. */
  private static final int MOST_STACKS = 1 << 12;

  private final JsonGenerator json;

  /** The same few come again and again, as one object in a chunk. */
  private final IdentityHashMap<StackTrace, String> stackTexts = new IdentityHashMap<>();

  private final Tracks tracks;
  private final JvmNumbers jvms = new JvmNumbers();
  private long originNanos = Long.MIN_VALUE;
  private long written;
  private long leftOut;

  /**
   * @param out closed by {@link #close}
   */
  public PerfettoTrace(OutputStream out) throws IOException {
    json = new JsonFactory().createGenerator(out);
    tracks = new Tracks(json);
    json.writeStartObject();
    json.writeStringField("displayTimeUnit", "ns");
    json.writeArrayFieldStart("traceEvents");
  }

  /**
   * Reads a recording to its end and writes its events. Nothing may have been read of it before.
   * Several recordings may be written one after the other, the earliest first; those of one JVM, if
   * they follow each other, make one process.
   *
   * @param filter chooses the events that are written
   */
  public void write(JfrReader reader, EventFilter filter) throws IOException {
    Predicate<TypeInfo> types = filter.types();
    Predicate<String> threads = Glob.anyOf(filter.threads());
    jvms.beginRecording();
    reader.onPassedOver(span -> jvms.enter(span.header(), reader.jvm()));
    EventCursor shown =
        reader.selectWhole(type -> types.test(type) && Tracks.isShown(type), FIELDS);
    for (EventCursor event; (event = reader.next()) != null; ) {
      if (event == shown) {
        int jvm = jvms.enter(event.chunk(), reader.jvm());
        if (passes(event, filter, threads)) {
          add(event, jvm);
        }
      }
    }
  }

  private static boolean passes(EventCursor event, EventFilter filter, Predicate<String> threads) {
    if (!filter.looksIntoEvents()) {
      return true;
    }
    long start = event.getNanos(START);
    if (start < filter.fromNanos() || start >= filter.toNanos()) {
      return false;
    }
    ThreadInfo thread = filter.threads().isEmpty() ? null : threadOf(event);
    return filter.threads().isEmpty() || (thread != null && threads.test(thread.name()));
  }

  private void add(EventCursor event, int jvm) throws IOException {
    ChunkHeader chunk = event.chunk();
    if (originNanos == Long.MIN_VALUE) {
      originNanos = chunk.startNanos();
    }
    long sinceOrigin = event.getNanos(START) - originNanos;
    long startNanos = Math.max(0, sinceOrigin);
    if (Counter.write(event, jvm, startNanos, json)) {
      written++;
      return;
    }
    Tracks.Track track = trackOf(event, jvm);
    boolean lasts = event.has(DURATION);
    if (track == null) {
      if (!lasts) {
        leftOut++;
        return;
      }
      track = tracks.ofType(jvm, event.type());
    }
    json.writeStartObject();
    json.writeStringField("name", nameOf(event));
    json.writeStringField("cat", categoryOf(event.type()));
    json.writeStringField("ph", lasts ? "X" : "i");
    json.writeNumberField("pid", track.process());
    json.writeNumberField("tid", track.number());
    writeMicros("ts", startNanos);
    if (lasts) {
      writeMicros("dur", Math.max(0, event.getNanos(DURATION) + sinceOrigin - startNanos));
    } else {
      json.writeStringField("s", "t");
    }
    json.writeObjectFieldStart("args");
    Arguments.write(event.struct(), chunk, json);
    writeStack(event);
    json.writeEndObject();
    json.writeEndObject();
    written++;
  }

  private Tracks.Track trackOf(EventCursor event, int jvm) throws IOException {
    if (event.has(VCPU)) {
      return tracks.ofVcpu(jvm, event.getInt(VCPU));
    }
    ThreadInfo thread = threadOf(event);
    return thread == null ? null : tracks.ofThread(jvm, thread);
  }

  private static ThreadInfo threadOf(EventCursor event) {
    ThreadInfo sampled = event.has(SAMPLED_THREAD) ? event.getThread(SAMPLED_THREAD) : null;
    return sampled == null && event.has(THREAD) ? event.getThread(THREAD) : sampled;
  }

  /** A sample goes by its top frame, any other event by its label. */
  private static String nameOf(EventCursor event) {
    if (event.has(SAMPLED_THREAD) && event.has(STACK)) {
      StackTrace stack = event.getStackTrace(STACK);
      if (stack != null && !stack.frames().isEmpty()) {
        return stack.frames().get(0).method().toString();
      }
    }
    return Tracks.labelOf(event.type());
  }

  private static String categoryOf(TypeInfo type) {
    return type.categories().isEmpty() ? type.name() : String.join(",", type.categories());
  }

  private void writeStack(EventCursor event) throws IOException {
    StackTrace stack = event.has(STACK) ? event.getStackTrace(STACK) : null;
    if (stack == null || stack.frames().isEmpty()) {
      return;
    }
    if (stackTexts.size() >= MOST_STACKS) {
      stackTexts.clear();
    }
    json.writeStringField("stack", stackTexts.computeIfAbsent(stack, PerfettoTrace::text));
  }

  private static String text(StackTrace stack) {
    StringBuilder text = new StringBuilder();
    for (StackFrame frame :
        stack.frames().subList(0, Math.min(MOST_FRAMES, stack.frames().size()))) {
      text.append(text.isEmpty() ? "" : "\n").append(frame.method());
      if (frame.lineNumber() > 0) {
        text.append(':').append(frame.lineNumber());
      }
    }
    return text.toString();
  }

  /** The format counts in microseconds; a decimal fraction keeps the nanoseconds. */
  private void writeMicros(String field, long nanos) throws IOException {
    json.writeNumberField(field, BigDecimal.valueOf(nanos, 3));
  }

  /** Events written so far. */
  public long written() {
    return written;
  }

  /** Events that belong to no track: without a length, a thread and a vCPU. */
  public long leftOut() {
    return leftOut;
  }

  @Override
  public void close() throws IOException {
    json.writeEndArray();
    json.writeEndObject();
    json.close();
  }
}
