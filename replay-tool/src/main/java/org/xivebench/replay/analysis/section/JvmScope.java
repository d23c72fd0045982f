package org.xivebench.replay.analysis.section;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xivebench.replay.analysis.collect.Lanes;
import org.xivebench.replay.analysis.collect.Spans;
import org.xivebench.replay.analysis.collect.TimeGrid;
import org.xivebench.replay.jfr.ThreadInfo;

/** What the sections of one JVM share: its time, its lanes, the names of its threads. */
public final class JvmScope {
  private static final int KEPT_LATENCIES = 1_000;
  private static final String NO_THREAD = "(no thread)";
  private static final String VIRTUAL_THREADS = "(virtual threads)";

  private final TimeGrid grid = new TimeGrid();
  private final Lanes lanes = new Lanes(grid);
  private final int limit;
  private final Map<String, Spans> latencies = new LinkedHashMap<>();
  private final IdentityHashMap<ThreadInfo, Lanes.Lane> laneOfThread = new IdentityHashMap<>();
  private ThreadInfo lastThread;
  private Lanes.Lane lastLane;
  private long startNanos = Long.MAX_VALUE;
  private long endNanos = Long.MIN_VALUE;

  /**
   * @param limit entries that a breakdown or table has at most
   */
  public JvmScope(int limit) {
    this.limit = limit;
  }

  /** Entries that a breakdown or table has at most. */
  public int limit() {
    return limit;
  }

  /** The buckets of the JVM's time. */
  public TimeGrid grid() {
    return grid;
  }

  /**
   * Times that somebody waited, in which {@link GcSection} looks for pauses.
   *
   * @param what for people, such as {@code file reads}
   */
  Spans latencies(String what) {
    return latencies.computeIfAbsent(what, w -> new Spans(KEPT_LATENCIES));
  }

  /** All of these, by what they are. */
  Map<String, Spans> latencies() {
    return Collections.unmodifiableMap(latencies);
  }

  /** The JVM's timeline. */
  public Lanes lanes() {
    return lanes;
  }

  /** Says that events between these times will come, in nanoseconds since the epoch. */
  public void cover(long from, long to) {
    startNanos = Math.min(startNanos, from);
    endNanos = Math.max(endNanos, to);
    grid.cover(from, to);
  }

  /** Begin of the time looked at. */
  public long startNanos() {
    return startNanos;
  }

  /** End of the time looked at. */
  public long endNanos() {
    return endNanos;
  }

  /** Length of the time looked at, in seconds; above 0. */
  public double seconds() {
    return Math.max(1, endNanos - startNanos) / 1e9;
  }

  /** Name of a thread; virtual threads without a name share one, since there may be millions. */
  public String threadName(ThreadInfo thread) {
    if (thread == null) {
      return NO_THREAD;
    }
    boolean named = thread.javaName() != null && !thread.javaName().isEmpty();
    return (thread.virtual() && !named) ? VIRTUAL_THREADS : thread.name();
  }

  /** The lane of a thread, of which a chunk has one object. */
  @SuppressWarnings("ReferenceEquality")
  Lanes.Lane lane(ThreadInfo thread) {
    if (thread != lastThread || lastLane == null) {
      lastThread = thread;
      lastLane = laneOfThread.computeIfAbsent(thread, t -> lanes.thread(threadName(t)));
    }
    return lastLane;
  }

  /** No more events of this chunk will come: its threads are gone. */
  public void flush() {
    laneOfThread.clear();
    lastThread = null;
    lastLane = null;
  }

  /** Takes the time and lanes of another one, of the same JVM from another file. */
  public void addAll(JvmScope other) {
    startNanos = Math.min(startNanos, other.startNanos);
    endNanos = Math.max(endNanos, other.endNanos);
    grid.cover(other.grid);
    lanes.addAll(other.lanes);
    other.latencies.forEach((what, spans) -> latencies(what).addAll(spans));
  }
}
