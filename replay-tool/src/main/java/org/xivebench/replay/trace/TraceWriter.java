package org.xivebench.replay.trace;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a trace, in constant memory: a chunk is built up and written when it is large enough.
 *
 * <p>A trace is whole only with its end event, which {@link #end} writes. Closed without it, the
 * file says to every reader that it stops early. Not safe for use by several threads: see {@link
 * TraceRecorder}.
 */
public final class TraceWriter implements Closeable {
  private static final int CHUNK_BYTES = 2 << 20;

  /** A recorded thread: its index in the events of the file, and which vCPU it is. */
  static final class ThreadUse {
    private final int index;
    private int vcpu = TraceEvent.NO_VCPU;

    ThreadUse(int index) {
      this.index = index;
    }

    int index() {
      return index;
    }

    String name(long number) {
      if (vcpu != TraceEvent.NO_VCPU) {
        return "vCPU " + vcpu;
      }
      return number == 0 ? "unknown" : "thread " + number;
    }
  }

  private final OutputStream out;
  private final TraceChunk chunk = new TraceChunk();
  private final TraceDigest digest = new TraceDigest();
  private final Map<Long, ThreadUse> threads = new LinkedHashMap<>();
  private final TraceHeader header;
  private ThreadUse lastUse;
  private long lastThread;
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
    this.out = out;
    this.header = header;
    this.lastUse = use(0);
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
    if (event.thread() != lastThread) {
      lastThread = event.thread();
      lastUse = use(lastThread);
    }
    if (event.vcpu() != TraceEvent.NO_VCPU) {
      lastUse.vcpu = event.vcpu();
    }
    TraceKind kind = event.kind();
    chunk.beginEvent(TraceChunk.typeOf(kind), lastNanos, lastUse.index);
    chunk.putLong(count);
    chunk.putInt(event.vcpu());
    List<TraceField> fields = kind.fields();
    for (int i = 0; i < fields.size(); i++) {
      long value = event.valueAt(i);
      switch (fields.get(i).type()) {
        case BOOLEAN -> chunk.putBoolean(value != 0);
        case INT -> chunk.putInt((int) value);
        case LONG -> chunk.putLong(value);
      }
    }
    chunk.endEvent();
    if (chunk.size() >= CHUNK_BYTES) {
      chunk.writeTo(out, threads);
    }
  }

  /** Completes the trace with its end event. */
  public void end() throws IOException {
    begin(lastNanos);
    chunk.beginEvent(TraceChunk.END_TYPE, lastNanos, use(0).index);
    chunk.putLong(count);
    chunk.putLong(digest.value());
    chunk.endEvent();
    chunk.writeTo(out, threads);
    ended = true;
  }

  private ThreadUse use(long thread) {
    return threads.computeIfAbsent(thread, number -> new ThreadUse(threads.size() + 1));
  }

  private void begin(long nanos) {
    if (begun) {
      return;
    }
    begun = true;
    digest.add(header);
    int unknown = use(0).index;
    chunk.beginEvent(TraceChunk.HEADER_TYPE, nanos, unknown);
    chunk.putInt(header.version());
    chunk.putString(header.mode().label());
    chunk.putString(header.origin());
    chunk.putInt(header.servers().size());
    chunk.putInt(header.sources().size());
    chunk.putInt(header.firstSource());
    chunk.putString(header.observedNames());
    chunk.endEvent();
    for (int vcpu = 0; vcpu < header.servers().size(); vcpu++) {
      chunk.beginEvent(TraceChunk.SERVER_TYPE, nanos, unknown);
      chunk.putInt(vcpu);
      chunk.putInt(header.servers().get(vcpu));
      chunk.endEvent();
    }
    for (TraceHeader.Source source : header.sources()) {
      chunk.beginEvent(TraceChunk.SOURCE_TYPE, nanos, unknown);
      chunk.putInt(source.number());
      chunk.putBoolean(source.lsi());
      chunk.endEvent();
    }
  }

  /**
   * Writes what is there, and closes the stream. Without {@link #end} the trace stays unfinished.
   */
  @Override
  public void close() throws IOException {
    try (out) {
      if (!ended && !chunk.isEmpty()) {
        chunk.writeTo(out, threads);
      }
    }
  }
}
