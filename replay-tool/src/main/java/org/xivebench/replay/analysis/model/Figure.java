package org.xivebench.replay.analysis.model;

/**
 * A single number or text.
 *
 * @param name unique in the section, without its unit
 * @param title for people
 * @param value a {@code Long}, {@code Double} or {@code String}, as the unit has it
 */
public record Figure(String name, String title, Unit unit, Object value) {
  /** A number that counts whole units. */
  public static Figure of(String name, String title, Unit unit, long value) {
    return new Figure(name, title, unit, value);
  }

  /** A number with a fraction. */
  public static Figure of(String name, String title, Unit unit, double value) {
    return new Figure(name, title, unit, value);
  }

  /** A text. */
  public static Figure text(String name, String title, String value) {
    return new Figure(name, title, Unit.TEXT, value);
  }

  /** Name of the JSON field: with the unit. */
  public String fieldName() {
    return unit.fieldName(name);
  }

  /** The value as a number; 0 for a text. */
  public double number() {
    return value instanceof Number number ? number.doubleValue() : 0;
  }
}
