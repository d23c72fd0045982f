package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.ChunkSummary;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.EventSettings;

/** Whether the recording holds all that happened, or a part. */
public final class CompletenessSection extends SectionCollector<CompletenessSection> {
  public static final String NAME = "completeness";

  /** Figure: how often the JVM noted that it dropped events. */
  public static final String DATA_LOSSES = "dataLosses";

  /** Figure: bytes of events that the JVM dropped. */
  public static final String DROPPED = "dropped";

  /** Figure: bytes of the file that could not be decoded. */
  public static final String DAMAGED = "damaged";

  /** Figure: chunks that their JVM did not close. */
  public static final String UNFINISHED = "unfinishedChunks";

  /** Figure: chunks that are there more than once, beyond the one that was read. */
  public static final String REPEATED = "repeatedChunks";

  /** Figure: chunks that overlap others in time, so that events may be there twice. */
  public static final String OVERLAPPING = "overlappingChunks";

  /** Table: event types that were cut to a rate. */
  public static final String THROTTLED = "throttled";

  /** Table: event types of which short ones were left out. */
  public static final String THRESHOLDS = "thresholds";

  public static final SectionType<CompletenessSection> TYPE =
      new SectionType<>(
          NAME,
          CompletenessSection.class,
          CompletenessSection::new,
          in -> {
            in.jdkAlways(
                "ActiveSetting", (section, e) -> section.settings.add(e), "id", "name", "value");
            in.jdkAlways("DataLoss", CompletenessSection::dataLoss, "amount");
            in.benchAlways("TraceEnd", CompletenessSection::traceEnd, "count");
          });

  private record Stretch(long startNanos, long endNanos) {}

  private final EventSettings settings = new EventSettings();

  /** Times of the chunks; as many are looked at as matter. */
  private final List<Stretch> stretches = new ArrayList<>();

  private static final int MAX_STRETCHES = 10_000;

  private long dataLosses;
  private long droppedBytes;
  private long unfinishedChunks;
  private long damagedBytes;
  private long repeatedChunks;
  private long traceEvents = -1;

  CompletenessSection(JvmScope scope) {
    super(scope);
  }

  private void dataLoss(EventCursor event) {
    dataLosses++;
    droppedBytes += event.getLong(0);
  }

  private void traceEnd(EventCursor event) {
    traceEvents = Math.max(0, traceEvents) + event.getLong(0);
  }

  @Override
  public void chunkEnded(ChunkSummary chunk) {
    if (!chunk.header().isFinished()) {
      unfinishedChunks++;
    }
    damagedBytes += chunk.lostBytes();
    if (stretches.size() < MAX_STRETCHES) {
      stretches.add(new Stretch(chunk.header().startNanos(), chunk.header().endNanos()));
    }
  }

  /** A chunk was passed over because it has been read elsewhere. */
  public void chunkRepeated() {
    repeatedChunks++;
  }

  @Override
  public void addAll(CompletenessSection other) {
    settings.addAll(other.settings);
    dataLosses += other.dataLosses;
    droppedBytes += other.droppedBytes;
    unfinishedChunks += other.unfinishedChunks;
    damagedBytes += other.damagedBytes;
    repeatedChunks += other.repeatedChunks;
    if (other.traceEvents >= 0) {
      traceEvents = Math.max(0, traceEvents) + other.traceEvents;
    }
    stretches.addAll(other.stretches);
  }

  private long overlapping() {
    List<Stretch> ordered =
        stretches.stream().sorted(java.util.Comparator.comparingLong(Stretch::startNanos)).toList();
    long overlapping = 0;
    long end = Long.MIN_VALUE;
    for (Stretch stretch : ordered) {
      if (stretch.startNanos < end && stretch.endNanos > stretch.startNanos) {
        overlapping++;
      }
      end = Math.max(end, stretch.endNanos);
    }
    return overlapping;
  }

  @Override
  public Section result() {
    Section.Builder section =
        Section.builder(NAME, "Completeness")
            .add(Figure.of(DATA_LOSSES, "times the JVM dropped events", Unit.COUNT, dataLosses))
            .add(Figure.of(DROPPED, "dropped", Unit.BYTES, droppedBytes))
            .add(Figure.of(UNFINISHED, "unfinished chunks", Unit.COUNT, unfinishedChunks))
            .add(Figure.of(DAMAGED, "damaged", Unit.BYTES, damagedBytes))
            .add(Figure.of(REPEATED, "repeated chunks, counted once", Unit.COUNT, repeatedChunks))
            .add(Figure.of(OVERLAPPING, "overlapping chunks", Unit.COUNT, overlapping()));
    if (traceEvents >= 0) {
      section.add(Figure.of("traceEvents", "events of the whole trace", Unit.COUNT, traceEvents));
    }
    if (settings.isEmpty()) {
      section.note("The recording does not say with which settings it was made.");
    }
    return section
        .add(table(THROTTLED, "events that are samples", "rate", settings.throttled()))
        .add(
            table(
                THRESHOLDS, "events that are left out when shorter", "than", settings.thresholds()))
        .build();
  }

  private static Table table(
      String name, String title, String valueTitle, Map<String, String> values) {
    List<List<Object>> rows = new ArrayList<>();
    values.forEach((type, value) -> rows.add(List.of(type, value)));
    return new Table(
        name,
        title,
        List.of(
            new Table.Column("type", "event type", Unit.TEXT),
            new Table.Column(valueTitle, valueTitle, Unit.TEXT)),
        rows,
        0);
  }
}
