package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.SampledSeries;
import org.xivebench.replay.analysis.collect.Spans;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/** Garbage collections: pauses, collections by cause, the heap before and after. */
public final class GcSection extends SectionCollector<GcSection> {
  public static final String NAME = "gc";

  /** Breakdown: every pause, by the name of the phase. */
  public static final String PAUSES = "pauses";

  /** Figure: the most of the heap that was in use after a collection. */
  public static final String HEAP_AFTER_MAX = "heapAfterMax";

  /** Figure: part of the time that the JVM stood still for garbage collection. */
  public static final String PAUSE_SHARE = "pauseShare";

  /**
   * Table: the slowest hundredth of what was waited for, and how much of its time was pauses.
   * Columns: what, how many in the tail, of how many, the shortest, their time, pauses in it,
   * share.
   */
  public static final String TAILS = "tails";

  /** Part of the waits that {@link #TAILS} looks at. */
  private static final double TAIL = 0.01;

  /** Fewer than these have no slowest hundredth to speak of. */
  private static final int LEAST_LATENCIES = 100;

  /** Pauses in which latencies are looked for: the longest, should there be more. */
  private static final int KEPT_PAUSES = 20_000;

  public static final SectionType<GcSection> TYPE =
      new SectionType<>(
          NAME,
          GcSection.class,
          GcSection::new,
          in -> {
            in.jdk("GCPhasePause", GcSection::pause, "startTime", "duration", "name", "gcId");
            in.jdk(
                "GarbageCollection",
                GcSection::collection,
                "startTime",
                "duration",
                "name",
                "cause",
                "sumOfPauses");
            in.jdk("GCHeapSummary", GcSection::heap, "startTime", "heapUsed", "when");
          });

  private final BreakingDown pauses;
  private final BreakingDown byCause;
  private final BreakingDown byCollector;
  private final SampledSeries heapUsed;
  private final Spans spans = new Spans(KEPT_PAUSES);
  private long heapAfterMax;

  GcSection(JvmScope scope) {
    super(scope);
    int limit = scope.limit();
    pauses = new BreakingDown(PAUSES, "pauses", "phase", Unit.NANOS, limit);
    byCause = new BreakingDown("byCause", "pauses of a collection", "cause", Unit.NANOS, limit);
    byCollector =
        new BreakingDown(
            "collections", "collections, begin to end", "collector", Unit.NANOS, limit);
    heapUsed = new SampledSeries("heapUsed", "heap used", Unit.BYTES, scope.grid());
  }

  private void pause(EventCursor event) {
    long duration = event.getNanos(1);
    String name = text(event.getString(2));
    pauses.add(
        name,
        duration,
        describe(event, 0, duration, -1, -1, () -> name + ", GC " + event.getLong(3)));
    scope.lanes().mark("gc", name, event.getNanos(0), duration);
    spans.add(event.getNanos(0), duration);
  }

  private void collection(EventCursor event) {
    String collector = text(event.getString(2));
    String cause = text(event.getString(3));
    long duration = event.getNanos(1);
    byCollector.add(
        collector, duration, describe(event, 0, duration, -1, -1, () -> collector + ", " + cause));
    if (event.has(4)) {
      byCause.add(cause, event.getNanos(4));
    }
  }

  private void heap(EventCursor event) {
    long used = event.getLong(1);
    heapUsed.add(event.getNanos(0), (double) used);
    if ("After GC".equals(event.getString(2))) {
      heapAfterMax = Math.max(heapAfterMax, used);
    }
  }

  private static String text(String value) {
    return value == null ? "" : value;
  }

  @Override
  public void addAll(GcSection other) {
    pauses.addAll(other.pauses);
    byCause.addAll(other.byCause);
    byCollector.addAll(other.byCollector);
    heapUsed.addAll(other.heapUsed);
    spans.addAll(other.spans);
    heapAfterMax = Math.max(heapAfterMax, other.heapAfterMax);
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "Garbage collection");
    List<Figure> figures = new ArrayList<>();
    if (pauses.count() > 0) {
      double share = pauses.all().total() / (scope.seconds() * 1e9);
      figures.add(Figure.of(PAUSE_SHARE, "time in pauses", Unit.RATIO, share));
    }
    if (heapAfterMax > 0) {
      figures.add(Figure.of(HEAP_AFTER_MAX, "most heap used after a GC", Unit.BYTES, heapAfterMax));
    }
    figures.forEach(section::add);
    return section
        .add(pauses.result())
        .add(byCollector.result())
        .add(byCause.result())
        .add(tails())
        .add(heapUsed.result())
        .build();
  }

  private Table tails() {
    List<List<Object>> rows = new ArrayList<>();
    scope
        .latencies()
        .forEach(
            (what, latencies) -> {
              if (spans.count() > 0 && latencies.count() >= LEAST_LATENCIES) {
                Spans.Tail tail = latencies.tail(TAIL, spans);
                rows.add(
                    List.of(
                        what,
                        (long) tail.count(),
                        latencies.count(),
                        tail.leastNanos(),
                        tail.nanos(),
                        tail.takenNanos(),
                        (double) tail.takenNanos() / Math.max(1, tail.nanos())));
              }
            });
    return new Table(
        TAILS,
        "pauses in the slowest 1 %",
        List.of(
            new Table.Column("what", "of", Unit.TEXT),
            new Table.Column("tail", "slowest", Unit.COUNT),
            new Table.Column("count", "of all", Unit.COUNT),
            new Table.Column("least", "from", Unit.NANOS),
            new Table.Column("time", "time", Unit.NANOS),
            new Table.Column("paused", "paused", Unit.NANOS),
            new Table.Column("share", "share", Unit.RATIO)),
        rows,
        0);
  }
}
