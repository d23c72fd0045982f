package org.xivebench.replay.analysis.section;

import org.xivebench.replay.analysis.collect.BreakingDown;
import org.xivebench.replay.analysis.collect.CallTreeBuilder;
import org.xivebench.replay.analysis.collect.TimeGrid;
import org.xivebench.replay.analysis.collect.TraceWeights;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Series;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/**
 * Allocation by class, thread and stack. Each event stands for the bytes that were allocated since
 * the one before: the weight of a sample (JDK 16 and later), the size of the TLAB, or the size of
 * an object that did not fit one. So sums over many events are right, a single class's share is an
 * estimate.
 */
public final class AllocationSection extends SectionCollector<AllocationSection> {
  public static final String NAME = "allocation";

  /** Figure: bytes a second. */
  public static final String RATE = "rate";

  /** Breakdown: bytes that events stand for, by class. */
  public static final String BY_CLASS = "byClass";

  public static final SectionType<AllocationSection> TYPE =
      new SectionType<>(
          NAME,
          AllocationSection.class,
          AllocationSection::new,
          in -> {
            String[] common = {"startTime", "eventThread", "stackTrace", "objectClass", "weight"};
            in.jdk("ObjectAllocationSample", AllocationSection::sample, common);
            String[] tlab = common.clone();
            tlab[4] = "tlabSize";
            in.jdk("ObjectAllocationInNewTLAB", AllocationSection::tlab, tlab);
            String[] outside = common.clone();
            outside[4] = "allocationSize";
            in.jdk("ObjectAllocationOutsideTLAB", AllocationSection::tlab, outside);
          });

  /** Samples and TLAB events tell the same bytes: where both are recorded, one kind counts. */
  private static final class Kind {
    final BreakingDown byClass;
    final BreakingDown byThread;
    final TraceWeights traces =
        new TraceWeights(new CallTreeBuilder("allocation", "allocated bytes", Unit.BYTES));
    final TimeGrid.Track track;

    Kind(JvmScope scope) {
      byClass = new BreakingDown(BY_CLASS, "by class", "class", Unit.BYTES, scope.limit());
      byThread = new BreakingDown("byThread", "by thread", "thread", Unit.BYTES, scope.limit());
      track = scope.grid().newTrack();
    }

    void addAll(Kind other, TimeGrid otherGrid) {
      byClass.addAll(other.byClass);
      byThread.addAll(other.byThread);
      traces.tree().addAll(other.traces.tree());
      track.addAll(other.track, otherGrid);
    }
  }

  private final Kind samples;
  private final Kind tlabs;

  AllocationSection(JvmScope scope) {
    super(scope);
    samples = new Kind(scope);
    tlabs = new Kind(scope);
  }

  private void sample(EventCursor event) {
    take(samples, event);
  }

  private void tlab(EventCursor event) {
    take(tlabs, event);
  }

  private void take(Kind kind, EventCursor event) {
    long bytes = event.getLong(4);
    String className = event.getClassName(3);
    String key = className == null ? "(unknown)" : className;
    if (kind.byClass.add(key, bytes)) {
      kind.byClass.note(occurrence(event, 0, bytes, 1, 2, key));
    }
    kind.byThread.add(scope.threadName(event.getThread(1)), bytes);
    kind.traces.add(event.getStackTrace(2), bytes);
    kind.track.add(event.getNanos(0), bytes);
  }

  @Override
  public void flush() {
    samples.traces.flush();
    tlabs.traces.flush();
  }

  @Override
  public void addAll(AllocationSection other) {
    samples.addAll(other.samples, other.scope.grid());
    tlabs.addAll(other.tlabs, other.scope.grid());
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "Allocation");
    Kind kind = tlabs.byClass.count() > 0 ? tlabs : samples;
    if (kind.byClass.count() == 0) {
      return section.build();
    }
    long bytes = kind.byClass.all().total();
    double perSecond = 1e9 / scope.grid().bucketNanos();
    if (kind == tlabs && samples.byClass.count() > 0) {
      section.note(
          "Samples and TLAB events were both recorded; they tell the same, and the TLAB events are"
              + " shown.");
    }
    return section
        .add(Figure.of("total", "allocated", Unit.BYTES, bytes))
        .add(Figure.of(RATE, "rate", Unit.BYTES_PER_SECOND, bytes / scope.seconds()))
        .add(kind.byClass.result())
        .add(kind.byThread.result())
        .add(HotMethodsSection.innermost("sites", "allocating methods", kind.traces.tree(), scope))
        .add(kind.traces.tree().result())
        .add(
            new Series(
                RATE,
                "allocation",
                Unit.BYTES_PER_SECOND,
                kind.track.values().stream().map(n -> n * perSecond).toList()))
        .build();
  }
}
