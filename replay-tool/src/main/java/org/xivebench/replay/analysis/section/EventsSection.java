package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.xivebench.replay.analysis.collect.Distributing;
import org.xivebench.replay.analysis.collect.Lanes;
import org.xivebench.replay.analysis.collect.TimeGrid;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Series;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.ThreadInfo;
import org.xivebench.replay.jfr.TypeInfo;

/**
 * All events: number, rate, size and duration by type; and what threads did when. The only section
 * that sees every event, so it does little with each.
 */
public final class EventsSection extends SectionCollector<EventsSection> {
  public static final String NAME = "events";

  /** Breakdown: durations by event type. */
  public static final String DURATIONS = "durations";

  /** Table: number, rate and size by event type. */
  public static final String TYPES = "types";

  /** The fields of every event that {@link #event} reads, by slot. */
  public static final List<String> FIELDS =
      List.of("startTime", "duration", "eventThread", "sampledThread");

  private static final int START = 0;
  private static final int DURATION = 1;
  private static final int EVENT_THREAD = 2;
  private static final int SAMPLED_THREAD = 3;

  /** Events that say what a thread did meanwhile, by simple name. */
  private static final Map<String, String> STATES =
      Map.ofEntries(
          Map.entry("ThreadPark", "parked"),
          Map.entry("JavaMonitorEnter", "blocked"),
          Map.entry("JavaMonitorWait", "waiting"),
          Map.entry("ThreadSleep", "sleeping"),
          Map.entry("SocketRead", "socket"),
          Map.entry("SocketWrite", "socket"),
          Map.entry("FileRead", "file"),
          Map.entry("FileWrite", "file"),
          Map.entry("FileForce", "file"),
          Map.entry("ExecutionSample", "running"),
          Map.entry("CPUTimeSample", "running"),
          Map.entry("NativeMethodSample", "native"));

  private static final class OfType {
    final String state;
    long count;
    long bytes;
    final Distributing durations = new Distributing();

    OfType(String state) {
      this.state = state;
    }
  }

  private final Map<String, OfType> byType = new TreeMap<>();
  private final Map<TypeInfo, OfType> ofChunk = new HashMap<>();
  private final TimeGrid.Track rate;
  private TypeInfo lastType;
  private OfType last;
  private long count;
  private long bytes;

  public EventsSection(JvmScope scope) {
    super(scope);
    this.rate = scope.grid().newTrack();
  }

  /** Takes an event; slots as in {@link #FIELDS}. */
  public void event(EventCursor event) {
    TypeInfo type = event.type();
    if (type != lastType) {
      lastType = type;
      last = ofChunk.computeIfAbsent(type, this::ofType);
    }
    OfType t = last;
    int size = event.sizeBytes();
    t.count++;
    t.bytes += size;
    count++;
    bytes += size;
    long start = event.getNanos(START);
    rate.add(start, 1);
    long duration = 0;
    if (event.has(DURATION)) {
      duration = event.getNanos(DURATION);
      if (duration > 0) {
        t.durations.add(duration);
      }
    }
    if (t.state != null) {
      lane(event, t.state, start, duration);
    }
  }

  private void lane(EventCursor event, String state, long start, long duration) {
    boolean sampled = event.has(SAMPLED_THREAD);
    ThreadInfo thread = event.getThread(sampled ? SAMPLED_THREAD : EVENT_THREAD);
    if (thread != null) {
      Lanes.Lane lane = scope.lane(thread);
      if (duration > 0) {
        lane.span(state, start, duration);
      } else if (!event.has(DURATION)) {
        lane.count(state, start);
      }
    }
  }

  private OfType ofType(TypeInfo type) {
    return byType.computeIfAbsent(
        type.name(),
        name -> new OfType(isJdk(name) ? STATES.get(Interests.simpleName(type)) : null));
  }

  private static boolean isJdk(String name) {
    return name.startsWith("jdk.") || name.startsWith("com.oracle.jdk.");
  }

  /** Number of events so far. */
  public long count() {
    return count;
  }

  /** Bytes of these events. */
  public long bytes() {
    return bytes;
  }

  @Override
  public void flush() {
    ofChunk.clear();
    lastType = null;
  }

  @Override
  public void addAll(EventsSection other) {
    other.byType.forEach(
        (name, theirs) -> {
          OfType mine = byType.computeIfAbsent(name, n -> new OfType(theirs.state));
          mine.count += theirs.count;
          mine.bytes += theirs.bytes;
          mine.durations.addAll(theirs.durations);
        });
    rate.addAll(other.rate, other.scope.grid());
    count += other.count;
    bytes += other.bytes;
  }

  @Override
  public Section result() {
    double seconds = scope.seconds();
    Section.Builder section =
        Section.builder(NAME, "Events")
            .add(Figure.of("count", "events", Unit.COUNT, count))
            .add(Figure.of("types", "types with events", Unit.COUNT, (long) byType.size()))
            .add(Figure.of("size", "bytes of events", Unit.BYTES, bytes))
            .add(Figure.of("rate", "rate", Unit.PER_SECOND, count / seconds));
    List<List<Object>> rows = new ArrayList<>();
    byType.entrySet().stream()
        .sorted(
            Comparator.comparingLong((Map.Entry<String, OfType> e) -> e.getValue().count)
                .reversed()
                .thenComparing(Map.Entry::getKey))
        .forEach(
            e -> {
              OfType t = e.getValue();
              rows.add(
                  List.of(e.getKey(), t.count, t.count / seconds, t.bytes, share(t.bytes, bytes)));
            });
    section.add(
        new Table(
            TYPES,
            "by type",
            List.of(
                new Table.Column("type", "event type", Unit.TEXT),
                new Table.Column("count", "count", Unit.COUNT),
                new Table.Column("rate", "rate", Unit.PER_SECOND),
                new Table.Column("size", "size", Unit.BYTES),
                new Table.Column("share", "of bytes", Unit.RATIO)),
            rows,
            0));
    section.add(durations());
    return section.add(rateSeries()).build();
  }

  private static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }

  private Breakdown durations() {
    Distributing all = new Distributing();
    byType.values().forEach(t -> all.addAll(t.durations));
    List<Breakdown.Entry> entries =
        byType.entrySet().stream()
            .filter(e -> e.getValue().durations.count() > 0)
            .sorted(
                Comparator.comparingLong(
                        (Map.Entry<String, OfType> e) -> e.getValue().durations.total())
                    .reversed()
                    .thenComparing(Map.Entry::getKey))
            .map(e -> new Breakdown.Entry(e.getKey(), e.getValue().durations.result(Unit.NANOS)))
            .toList();
    return new Breakdown(
        DURATIONS,
        "durations by type",
        "event type",
        all.result(Unit.NANOS),
        entries,
        0,
        List.of());
  }

  private Series rateSeries() {
    double perSecond = 1e9 / scope.grid().bucketNanos();
    return new Series(
        "rate", "events", Unit.PER_SECOND, rate.values().stream().map(n -> n * perSecond).toList());
  }
}
