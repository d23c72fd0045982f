package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.analysis.collect.CallTreeBuilder;
import org.xivebench.replay.analysis.collect.Counts;
import org.xivebench.replay.analysis.collect.TraceWeights;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;

/**
 * Exceptions and errors. Most recordings have only errors one by one, and of exceptions the running
 * total that {@code jdk.ExceptionStatistics} gives.
 */
public final class ExceptionsSection extends SectionCollector<ExceptionsSection> {
  public static final String NAME = "exceptions";

  /** Figure: throwables a second. */
  public static final String RATE = "rate";

  /** Figure: throwables in all. */
  public static final String COUNT = "count";

  public static final SectionType<ExceptionsSection> TYPE =
      new SectionType<>(
          NAME,
          ExceptionsSection.class,
          ExceptionsSection::new,
          in -> {
            in.jdk(
                "JavaExceptionThrow",
                ExceptionsSection::thrown,
                "startTime",
                "eventThread",
                "stackTrace",
                "thrownClass",
                "message");
            in.jdk(
                "JavaErrorThrow",
                ExceptionsSection::thrown,
                "startTime",
                "eventThread",
                "stackTrace",
                "thrownClass",
                "message");
            in.jdk("ExceptionStatistics", ExceptionsSection::statistics, "startTime", "throwables");
          });

  private final Counts byClass = new Counts();
  private final Counts byMessage = new Counts();
  private final TraceWeights traces =
      new TraceWeights(new CallTreeBuilder("thrown", "exceptions", Unit.COUNT));
  private long firstTime = Long.MAX_VALUE;
  private long firstTotal;
  private long lastTime = Long.MIN_VALUE;
  private long lastTotal;

  ExceptionsSection(JvmScope scope) {
    super(scope);
  }

  private void thrown(EventCursor event) {
    String className = event.getClassName(3);
    String key = className == null ? "(unknown)" : className;
    byClass.add(key, 1);
    String message = event.getString(4);
    if (message != null) {
      byMessage.add(key + ": " + message, 1);
    }
    traces.add(event.getStackTrace(2), 1);
  }

  private void statistics(EventCursor event) {
    statistics(event.getNanos(0), event.getLong(1));
  }

  private void statistics(long time, long total) {
    if (time < firstTime) {
      firstTime = time;
      firstTotal = total;
    }
    if (time > lastTime) {
      lastTime = time;
      lastTotal = total;
    }
  }

  @Override
  public void flush() {
    traces.flush();
  }

  @Override
  public void addAll(ExceptionsSection other) {
    byClass.addAll(other.byClass);
    byMessage.addAll(other.byMessage);
    traces.tree().addAll(other.traces.tree());
    if (other.lastTime != Long.MIN_VALUE) {
      statistics(other.firstTime, other.firstTotal);
      statistics(other.lastTime, other.lastTotal);
    }
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "Exceptions");
    List<Figure> figures = new ArrayList<>();
    if (lastTime > firstTime) {
      long count = lastTotal - firstTotal;
      double seconds = (lastTime - firstTime) / 1e9;
      figures.add(Figure.of(COUNT, "thrown", Unit.COUNT, count));
      figures.add(Figure.of(RATE, "rate", Unit.PER_SECOND, count / seconds));
    } else if (byClass.total() > 0) {
      figures.add(Figure.of(COUNT, "thrown", Unit.COUNT, byClass.total()));
      figures.add(Figure.of(RATE, "rate", Unit.PER_SECOND, byClass.total() / scope.seconds()));
    }
    figures.forEach(section::add);
    if (byClass.total() > 0) {
      section.add(Figure.of("recorded", "recorded one by one", Unit.COUNT, byClass.total()));
    }
    return section
        .add(HotMethodsSection.counts("classes", "by class", "class", byClass, scope.limit()))
        .add(
            HotMethodsSection.counts("messages", "by message", "message", byMessage, scope.limit()))
        .add(HotMethodsSection.innermost("sites", "thrown in", traces.tree(), scope))
        .add(traces.tree().result())
        .build();
  }
}
