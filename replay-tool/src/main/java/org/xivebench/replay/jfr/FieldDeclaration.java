package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A field of an event that is to be written: name, type, and the annotations by which tools show
 * it.
 */
public final class FieldDeclaration {
  private final String name;
  private final FieldType type;
  private final List<AnnotationInfo> annotations;

  private FieldDeclaration(String name, FieldType type, List<AnnotationInfo> annotations) {
    this.name = name;
    this.type = type;
    this.annotations = annotations;
  }

  /**
   * A field without annotations.
   *
   * @param name a Java identifier that is not one of the names every event has: {@code startTime},
   *     {@code duration}, {@code eventThread}, {@code stackTrace}
   */
  public static FieldDeclaration of(String name, FieldType type) {
    if (!isIdentifier(name)) {
      throw new IllegalArgumentException("a field cannot be named '" + name + "'");
    }
    if (List.of("startTime", "duration", "eventThread", "stackTrace").contains(name)) {
      throw new IllegalArgumentException("the name " + name + " is taken");
    }
    return implicit(name, type);
  }

  static FieldDeclaration implicit(String name, FieldType type) {
    return new FieldDeclaration(name, type, List.of());
  }

  private static boolean isIdentifier(String name) {
    return !name.isEmpty()
        && Character.isJavaIdentifierStart(name.charAt(0))
        && name.chars().allMatch(Character::isJavaIdentifierPart);
  }

  /** What tools call the field, in headline style. */
  public FieldDeclaration label(String text) {
    return annotated("jdk.jfr.Label", text);
  }

  /** A sentence on the field. */
  public FieldDeclaration description(String text) {
    return annotated("jdk.jfr.Description", text);
  }

  /** Marks an integer as unsigned. */
  public FieldDeclaration unsigned() {
    return annotated("jdk.jfr.Unsigned", null);
  }

  /** Marks a number of bytes. */
  public FieldDeclaration bytes() {
    return annotated("jdk.jfr.DataAmount", "BYTES");
  }

  /** Marks an address. */
  public FieldDeclaration address() {
    return annotated("jdk.jfr.MemoryAddress", null);
  }

  /** Marks a length of time in nanoseconds. */
  public FieldDeclaration timespanNanos() {
    return annotated("jdk.jfr.Timespan", "NANOSECONDS");
  }

  /** Marks a point in time in milliseconds since the epoch. */
  public FieldDeclaration timestampMillis() {
    return annotated("jdk.jfr.Timestamp", "MILLISECONDS_SINCE_EPOCH");
  }

  /**
   * Adds an annotation.
   *
   * @param annotationType such as {@code jdk.jfr.Frequency}
   * @param value its member {@code value}; null for an annotation without members
   */
  public FieldDeclaration annotated(String annotationType, String value) {
    List<AnnotationInfo> more = new ArrayList<>(annotations);
    more.add(new AnnotationInfo(annotationType, value == null ? Map.of() : Map.of("value", value)));
    return new FieldDeclaration(name, type, List.copyOf(more));
  }

  public String name() {
    return name;
  }

  public FieldType type() {
    return type;
  }

  List<AnnotationInfo> annotations() {
    return annotations;
  }
}
