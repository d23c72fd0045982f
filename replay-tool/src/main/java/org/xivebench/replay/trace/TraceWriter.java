package org.xivebench.replay.trace;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.JfrWriter;

/**
 * Writes a trace, in constant memory: a chunk is built up and written when it is large enough.
 *
 * <p>A trace is whole only with its end event, which {@link #end} writes. Closed without it, the
 * file says to every reader that it stops early. Not safe for use by several threads: see {@link
 * TraceRecorder}.
 */
public final class TraceWriter implements Closeable {
  private static final int CHUNK_BYTES = 1 << 20;

  private final JfrWriter writer;
  private final TraceTypes types;
  private final TraceDigest digest = new TraceDigest();
  private final TraceHeader header;
  private final int unknownThread;

  /** By vCPU, none first: the thread of its last event, and its number in the recording. */
  private final long[] lastThreads;

  private final int[] lastNumbers;
  private long lastNanos;
  private long count;
  private boolean begun;
  private boolean ended;

  /**
   * Begins a trace.
   *
   * @param out where it goes; closed by {@link #close}
   */
  public TraceWriter(OutputStream out, TraceHeader header) {
    this.writer = JfrWriter.to(out, CHUNK_BYTES);
    this.types = new TraceTypes(writer);
    this.header = header;
    this.unknownThread = writer.thread("unknown", 0, "unknown", 0);
    this.lastThreads = new long[header.vcpuCount() + 1];
    this.lastNumbers = new int[header.vcpuCount() + 1];
  }

  /** Number of events appended. */
  public long count() {
    return count;
  }

  /** Appends an event and gives it the next sequence number. */
  public void append(TraceEvent event) throws IOException {
    if (ended) {
      throw new IllegalStateException("the trace has ended");
    }
    begin(event.timeNanos());
    event.sequence(++count);
    digest.add(event);
    lastNanos = event.timeNanos();
    TraceKind kind = event.kind();
    EventEncoder encoder = types.of(kind).begin(lastNanos, thread(event));
    encoder.putLong(count).putInt(event.vcpu());
    List<TraceField> fields = kind.fields();
    for (int i = 0; i < fields.size(); i++) {
      long value = event.valueAt(i);
      switch (fields.get(i).type()) {
        case BOOLEAN -> encoder.putBoolean(value != 0);
        case INT -> encoder.putInt((int) value);
        case LONG -> encoder.putLong(value);
      }
    }
    encoder.commit();
  }

  /** The number of an event's thread, named by the vCPU that it is if it is one. */
  private int thread(TraceEvent event) {
    int place = event.vcpu() + 1;
    if (place < 0 || place >= lastThreads.length) {
      return number(event);
    }
    if (event.thread() != lastThreads[place] || lastNumbers[place] == 0) {
      lastThreads[place] = event.thread();
      lastNumbers[place] = number(event);
    }
    return lastNumbers[place];
  }

  private int number(TraceEvent event) {
    String name = event.thread() == 0 ? "unknown" : "thread " + event.thread();
    if (event.vcpu() != TraceEvent.NO_VCPU) {
      name = "vCPU " + event.vcpu();
    }
    return writer.thread(name, event.thread(), name, event.thread());
  }

  /** Completes the trace with its end event. */
  public void end() throws IOException {
    begin(lastNanos);
    types.end.begin(lastNanos, unknownThread).putLong(count).putLong(digest.value()).commit();
    ended = true;
    writer.finish();
  }

  private void begin(long nanos) throws IOException {
    if (begun) {
      return;
    }
    begun = true;
    digest.add(header);
    types
        .header
        .begin(nanos, unknownThread)
        .putInt(header.version())
        .putText(header.mode().label())
        .putText(header.origin())
        .putInt(header.servers().size())
        .putInt(header.sources().size())
        .putInt(header.firstSource())
        .putText(header.observedNames())
        .commit();
    for (int vcpu = 0; vcpu < header.servers().size(); vcpu++) {
      types
          .server
          .begin(nanos, unknownThread)
          .putInt(vcpu)
          .putInt(header.servers().get(vcpu))
          .commit();
    }
    for (TraceHeader.Source source : header.sources()) {
      types
          .source
          .begin(nanos, unknownThread)
          .putInt(source.number())
          .putBoolean(source.lsi())
          .commit();
    }
  }

  /**
   * Writes what is there, and closes the stream. Without {@link #end} the trace stays unfinished.
   */
  @Override
  public void close() throws IOException {
    try (writer) {
      if (begun) {
        writer.finish();
      }
    }
  }
}
