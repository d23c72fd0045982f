package org.xivebench.replay.jfr;

import java.util.List;

/**
 * A structure of a recording with all its fields: an event of a whole-event selection, or a
 * constant such as a thread or a class. References to constants are followed when a field is asked
 * for, so a structure is good until its reader moves to the next chunk.
 *
 * <p>Values are {@code Long}, {@code Integer}, {@code Short}, {@code Byte}, {@code Character},
 * {@code Boolean}, {@code Float}, {@code Double}, {@code String}, {@code Struct}, {@code Object[]}
 * of these, or null: the same as {@code jdk.jfr.consumer.RecordedObject.getValue} gives, except
 * that times are as recorded (in ticks where the field's annotation says so).
 */
public final class Struct {
  /** A constant that has not been looked up yet. */
  record Reference(ConstantPools pools, ConstantPools.Pool pool, long key) {
    Object resolve() {
      return pools.value(pool, key);
    }
  }

  private final TypeInfo type;
  private final Object[] values;

  Struct(TypeInfo type, Object[] values) {
    this.type = type;
    this.values = values;
  }

  public TypeInfo type() {
    return type;
  }

  public List<FieldInfo> fields() {
    return type.fields();
  }

  public boolean has(String field) {
    return type.fieldIndex(field) >= 0;
  }

  /** The value of the field with that index in {@link #fields}. */
  public Object get(int field) {
    Object value = resolve(values[field]);
    values[field] = value;
    return value;
  }

  /** The value of a field, a reference to a constant not yet followed unless it was before. */
  Object unresolved(String field) {
    int index = type.fieldIndex(field);
    return index < 0 ? null : values[index];
  }

  static Object resolve(Object value) {
    if (value instanceof Reference reference) {
      return reference.resolve();
    }
    if (value instanceof Object[] elements) {
      for (int i = 0; i < elements.length; i++) {
        elements[i] = resolve(elements[i]);
      }
    }
    return value;
  }

  /**
   * The value of a field.
   *
   * @param path a field name, or several joined by dots to reach into structures
   * @return the value; null when a structure on the way is null or there is no such field
   */
  public Object get(String path) {
    Object value = this;
    int from = 0;
    while (from <= path.length()) {
      int dot = path.indexOf('.', from);
      int to = dot < 0 ? path.length() : dot;
      if (!(value instanceof Struct struct)) {
        return null;
      }
      int index = struct.type.fieldIndex(path.substring(from, to));
      if (index < 0) {
        return null;
      }
      value = struct.get(index);
      from = to + 1;
    }
    return value;
  }

  /** The value of a numeric or boolean field; 0 when there is none. */
  public long getLong(String path) {
    return asLong(get(path));
  }

  /** The value of a text field; null when there is none. */
  public String getString(String path) {
    Object value = get(path);
    return value == null ? null : value.toString();
  }

  static long asLong(Object value) {
    if (value instanceof Number number) {
      return number.longValue();
    }
    if (value instanceof Boolean bool) {
      return bool ? 1 : 0;
    }
    return value instanceof Character character ? character : 0;
  }

  @Override
  public String toString() {
    return type.name();
  }
}
