package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.List;

/** A type that the metadata of one chunk declares: an event, a structure, or a primitive. */
public final class TypeInfo {
  /** How a value of a type lies in a record. */
  enum Kind {
    LONG,
    INT,
    SHORT,
    CHAR,
    BYTE,
    BOOLEAN,
    FLOAT,
    DOUBLE,
    STRING,
    STRUCT;

    /** Whether values are LEB128. */
    boolean isVarint() {
      return this == LONG || this == INT || this == SHORT || this == CHAR;
    }

    /** Whether a value fits a slot. */
    boolean isScalar() {
      return this != STRING && this != STRUCT;
    }

    /** Bytes of a value where the width is fixed, otherwise 0. */
    int fixedBytes() {
      return switch (this) {
        case BYTE, BOOLEAN -> 1;
        case FLOAT -> 4;
        case DOUBLE -> 8;
        default -> 0;
      };
    }
  }

  private static final String EVENT = "jdk.jfr.Event";

  private final long id;
  private final String name;
  private final String superType;
  private final boolean simple;
  private final List<AnnotationInfo> annotations;
  private final List<FieldInfo> fields;
  private final Kind kind;

  TypeInfo(
      long id,
      String name,
      String superType,
      boolean simple,
      List<AnnotationInfo> annotations,
      List<FieldInfo> fields) {
    this.id = id;
    this.name = name;
    this.superType = superType;
    this.simple = simple;
    this.annotations = List.copyOf(annotations);
    this.fields = List.copyOf(fields);
    this.kind = kind(name, fields.isEmpty());
  }

  private static Kind kind(String name, boolean noFields) {
    if (!noFields) {
      return Kind.STRUCT;
    }
    return switch (name) {
      case "long" -> Kind.LONG;
      case "int" -> Kind.INT;
      case "short" -> Kind.SHORT;
      case "char" -> Kind.CHAR;
      case "byte" -> Kind.BYTE;
      case "boolean" -> Kind.BOOLEAN;
      case "float" -> Kind.FLOAT;
      case "double" -> Kind.DOUBLE;
      case "java.lang.String" -> Kind.STRING;
      default -> Kind.STRUCT;
    };
  }

  /** The type's number in its chunk; chunks of different JVMs number differently. */
  public long id() {
    return id;
  }

  /** The full name, such as {@code jdk.ThreadPark}. */
  public String name() {
    return name;
  }

  /** Name of the super type, or null. */
  public String superType() {
    return superType;
  }

  public boolean isEvent() {
    return EVENT.equals(superType);
  }

  /** Whether a value of the type stands for its only field, as with {@code jdk.types.Symbol}. */
  boolean isSimple() {
    return simple && fields.size() == 1;
  }

  Kind kind() {
    return kind;
  }

  public List<AnnotationInfo> annotations() {
    return annotations;
  }

  /** The fields in the order of the record; of an event, {@code startTime} is the first. */
  public List<FieldInfo> fields() {
    return fields;
  }

  /** The field of that name, or null. */
  public FieldInfo field(String fieldName) {
    int index = fieldIndex(fieldName);
    return index < 0 ? null : fields.get(index);
  }

  int fieldIndex(String fieldName) {
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).name().equals(fieldName)) {
        return i;
      }
    }
    return -1;
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

  /** The text of {@code @Label}, or the last part of the name. */
  public String label() {
    AnnotationInfo label = annotation("jdk.jfr.Label");
    return label != null && label.value() != null
        ? label.value()
        : name.substring(name.lastIndexOf('.') + 1);
  }

  /** The text of {@code @Description}, or null. */
  public String description() {
    AnnotationInfo description = annotation("jdk.jfr.Description");
    return description == null ? null : description.value();
  }

  /** The path of {@code @Category}, outermost first; empty when there is none. */
  public List<String> categories() {
    AnnotationInfo category = annotation("jdk.jfr.Category");
    if (category == null) {
      return List.of();
    }
    List<String> path = new ArrayList<>();
    String element;
    while ((element = category.values().get("value-" + path.size())) != null) {
      path.add(element);
    }
    return path;
  }

  @Override
  public String toString() {
    return name;
  }
}
