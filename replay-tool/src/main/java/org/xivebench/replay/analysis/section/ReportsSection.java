package org.xivebench.replay.analysis.section;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.FieldInfo;
import org.xivebench.replay.jfr.Struct;

/**
 * What the bench reports of itself: uses after free, inversions of lock order, lost interrupts,
 * broken invariants, failed swaps. Every event type of the category "Reports" is one, so that a new
 * kind of report needs nothing here.
 */
public final class ReportsSection extends SectionCollector<ReportsSection> {
  public static final String NAME = "reports";

  /** Table: the reports. */
  public static final String ALL = "all";

  /** Reports that are kept; all are counted. */
  private static final int MAX_KEPT = 1_000;

  private static final String PREFIX = "org.xivebench.";
  private static final String CATEGORY = "Reports";

  public static final SectionType<ReportsSection> TYPE =
      new SectionType<>(
          NAME,
          ReportsSection.class,
          ReportsSection::new,
          in ->
              in.whole(
                  type -> type.name().startsWith(PREFIX) && type.categories().contains(CATEGORY),
                  ReportsSection::report,
                  "startTime",
                  "eventThread"));

  private record Report(long timeNanos, String kind, String thread, String text) {}

  private final List<Report> reports = new ArrayList<>();
  private final Map<String, Long> counts = new TreeMap<>();

  ReportsSection(JvmScope scope) {
    super(scope);
  }

  private void report(EventCursor event) {
    String kind = event.type().label();
    counts.merge(kind, 1L, Long::sum);
    if (reports.size() < MAX_KEPT) {
      reports.add(
          new Report(
              event.getNanos(0), kind, scope.threadName(event.getThread(1)), text(event.struct())));
    }
  }

  /** The fields that are the report's own, with their labels. */
  private static String text(Struct event) {
    List<String> parts = new ArrayList<>();
    for (FieldInfo field : event.fields()) {
      Object value = event.get(field.name());
      boolean own = value instanceof String || value instanceof Number;
      if (own && !field.isTimestamp() && !field.name().equals("duration")) {
        String label = field.label() == null ? field.name() : field.label();
        parts.add(label.toLowerCase(Locale.ROOT) + ": " + value);
      }
    }
    return String.join("; ", parts);
  }

  @Override
  public void addAll(ReportsSection other) {
    other.counts.forEach((kind, count) -> counts.merge(kind, count, Long::sum));
    reports.addAll(other.reports);
  }

  @Override
  public Section result() {
    Section.Builder section = Section.builder(NAME, "Reports");
    counts.forEach(
        (kind, count) -> section.add(Figure.of(fieldName(kind), kind, Unit.COUNT, count)));
    List<List<Object>> rows = new ArrayList<>();
    reports.stream()
        .sorted(Comparator.comparingLong(Report::timeNanos))
        .limit(scope.limit())
        .forEach(r -> rows.add(List.of(r.text, r.kind, Quantities.iso(r.timeNanos), r.thread)));
    long all = counts.values().stream().mapToLong(Long::longValue).sum();
    return section
        .add(
            new Table(
                ALL,
                "reports",
                List.of(
                    new Table.Column("text", "report", Unit.TEXT),
                    new Table.Column("kind", "kind", Unit.TEXT),
                    new Table.Column("time", "time", Unit.TEXT),
                    new Table.Column("thread", "thread", Unit.TEXT)),
                rows,
                all - rows.size()))
        .build();
  }

  /** {@code Use After Free} to {@code useAfterFree}. */
  private static String fieldName(String label) {
    String joined = label.replaceAll("[^A-Za-z0-9]", "");
    return joined.isEmpty()
        ? "other"
        : joined.substring(0, 1).toLowerCase(Locale.ROOT) + joined.substring(1);
  }
}
