package org.xivebench.replay.analysis.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a number of the model by the names that its JSON has:
 *
 * <pre>
 *   SECTION.FIGURE                  gc.pauseShareRatio
 *   SECTION.BREAKDOWN.FIELD         gc.pauses.p99Nanos
 *   SECTION.BREAKDOWN[KEY].FIELD    events.durations[jdk.FileRead].max
 *   SECTION.TABLE[KEY].COLUMN       events.types[jdk.JavaErrorThrow].count
 * </pre>
 *
 * The unit at the end of a name may be left out. A key may be a pattern with {@code *}.
 */
public final class ModelPath {
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z]+)\\.([A-Za-z0-9]+)(?:\\[(.*)])?(?:\\.([A-Za-z0-9]+))?");

  /** A number that a path leads to. */
  public record Value(String label, Unit unit, double number) {}

  private final String section;
  private final String part;
  private final String key;
  private final String field;

  private ModelPath(String section, String part, String key, String field) {
    this.section = section;
    this.part = part;
    this.key = key;
    this.field = field;
  }

  /** Reads a path; empty if it is of none of the forms. */
  public static Optional<ModelPath> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || (matcher.group(3) != null && matcher.group(4) == null)) {
      return Optional.empty();
    }
    return Optional.of(
        new ModelPath(matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4)));
  }

  /** Name of the section. */
  public String section() {
    return section;
  }

  /** The numbers that the path leads to; none if the JVM has none, several for a pattern. */
  public List<Value> values(JvmAnalysis jvm) {
    List<Value> values = new ArrayList<>();
    Section found = jvm.section(section).orElse(null);
    if (found == null) {
      return values;
    }
    if (field == null) {
      for (Figure figure : found.figures()) {
        if (isNamed(part, figure.name(), figure.unit()) && figure.value() instanceof Number) {
          values.add(new Value(figure.title(), figure.unit(), figure.number()));
        }
      }
      return values;
    }
    found.breakdown(part).ifPresent(breakdown -> fromBreakdown(breakdown, values));
    found.table(part).ifPresent(table -> fromTable(table, values));
    return values;
  }

  private void fromBreakdown(Breakdown breakdown, List<Value> values) {
    if (key == null) {
      add(breakdown.title(), breakdown.all(), values);
      return;
    }
    Predicate<String> keys = keys();
    for (Breakdown.Entry entry : breakdown.entries()) {
      if (keys.test(entry.key())) {
        add(entry.key(), entry.values(), values);
      }
    }
  }

  private void add(String label, Distribution d, List<Value> values) {
    if (field.equals("count")) {
      values.add(new Value(label, Unit.COUNT, d.count()));
    }
    addIfNamed("total", d.total(), label, d.unit(), values);
    addIfNamed("min", d.min(), label, d.unit(), values);
    addIfNamed("p50", d.p50(), label, d.unit(), values);
    addIfNamed("p90", d.p90(), label, d.unit(), values);
    addIfNamed("p99", d.p99(), label, d.unit(), values);
    addIfNamed("p999", d.p999(), label, d.unit(), values);
    addIfNamed("max", d.max(), label, d.unit(), values);
  }

  private void addIfNamed(String name, long number, String label, Unit unit, List<Value> values) {
    if (isNamed(field, name, unit)) {
      values.add(new Value(label, unit, number));
    }
  }

  private void fromTable(Table table, List<Value> values) {
    Predicate<String> keys = key == null ? any -> true : keys();
    for (int i = 1; i < table.columns().size(); i++) {
      Table.Column column = table.columns().get(i);
      if (isNamed(field, column.name(), column.unit())) {
        for (List<Object> row : table.rows()) {
          if (keys.test(String.valueOf(row.get(0))) && row.get(i) instanceof Number number) {
            values.add(new Value(String.valueOf(row.get(0)), column.unit(), number.doubleValue()));
          }
        }
      }
    }
  }

  private static boolean isNamed(String wanted, String name, Unit unit) {
    return wanted.equals(name) || wanted.equals(unit.fieldName(name));
  }

  private Predicate<String> keys() {
    String regex = Pattern.quote(key).replace("*", "\\E.*\\Q");
    return Pattern.compile(regex, Pattern.DOTALL).asMatchPredicate();
  }
}
