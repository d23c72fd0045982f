package org.xivebench.replay.jfr;

import java.util.List;

/** A field of an event or of another structure, as the metadata of one chunk declares it. */
public final class FieldInfo {
  /** What a long in a field with a time annotation counts. */
  enum TimeUnit {
    NONE,
    TICKS,
    NANOSECONDS,
    MICROSECONDS,
    MILLISECONDS,
    SECONDS
  }

  private final String name;
  private final long typeId;
  private final boolean constant;
  private final boolean array;
  private final List<AnnotationInfo> annotations;
  private final boolean timestamp;
  private final TimeUnit timeUnit;
  private TypeInfo type;

  FieldInfo(
      String name, long typeId, boolean constant, boolean array, List<AnnotationInfo> annotations) {
    this.name = name;
    this.typeId = typeId;
    this.constant = constant;
    this.array = array;
    this.annotations = List.copyOf(annotations);
    String stamp = annotationValue("jdk.jfr.Timestamp");
    String span = annotationValue("jdk.jfr.Timespan");
    this.timestamp = stamp != null;
    this.timeUnit = timeUnit(stamp != null ? stamp : span);
  }

  private static TimeUnit timeUnit(String annotation) {
    if (annotation == null) {
      return TimeUnit.NONE;
    }
    return switch (annotation) {
      case "TICKS" -> TimeUnit.TICKS;
      case "NANOSECONDS", "NANOSECONDS_SINCE_EPOCH" -> TimeUnit.NANOSECONDS;
      case "MICROSECONDS" -> TimeUnit.MICROSECONDS;
      case "MILLISECONDS", "MILLISECONDS_SINCE_EPOCH" -> TimeUnit.MILLISECONDS;
      case "SECONDS" -> TimeUnit.SECONDS;
      default -> TimeUnit.NONE;
    };
  }

  void link(TypeInfo resolved) {
    this.type = resolved;
  }

  public String name() {
    return name;
  }

  /** The field's type; of an array, that of its elements. */
  public TypeInfo type() {
    return type;
  }

  long typeId() {
    return typeId;
  }

  /** Whether events hold a key into the chunk's constant pool instead of the value itself. */
  public boolean isConstant() {
    return constant;
  }

  public boolean isArray() {
    return array;
  }

  public List<AnnotationInfo> annotations() {
    return annotations;
  }

  /** The annotation of that type name, or null. */
  public AnnotationInfo annotation(String annotationType) {
    for (AnnotationInfo annotation : annotations) {
      if (annotation.type().equals(annotationType)) {
        return annotation;
      }
    }
    return null;
  }

  private String annotationValue(String annotationType) {
    AnnotationInfo annotation = annotation(annotationType);
    return annotation == null ? null : annotation.value();
  }

  /** The text of {@code @Label}, or null. */
  public String label() {
    return annotationValue("jdk.jfr.Label");
  }

  /** The text of {@code @Description}, or null. */
  public String description() {
    return annotationValue("jdk.jfr.Description");
  }

  /** Whether the field is a point in time ({@code @Timestamp}). */
  public boolean isTimestamp() {
    return timestamp;
  }

  /** Whether the field is a length of time ({@code @Timespan}). */
  public boolean isTimespan() {
    return !timestamp && timeUnit != TimeUnit.NONE;
  }

  /** Whether the field is to be read as an unsigned number ({@code @Unsigned}). */
  public boolean isUnsigned() {
    return annotation("jdk.jfr.Unsigned") != null;
  }

  /** Whether it is a point in time on the recording's tick counter. */
  public boolean isTickTimestamp() {
    return timestamp && timeUnit == TimeUnit.TICKS;
  }

  TimeUnit timeUnit() {
    return timeUnit;
  }

  @Override
  public String toString() {
    return (type == null ? "#" + typeId : type.name()) + (array ? "[] " : " ") + name;
  }
}
