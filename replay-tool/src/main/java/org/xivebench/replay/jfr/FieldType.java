package org.xivebench.replay.jfr;

/** The types that fields of written events can have. */
public enum FieldType {
  BOOLEAN("boolean", 1),
  BYTE("byte", 1),
  SHORT("short", 9),
  CHAR("char", 3),
  INT("int", 5),
  LONG("long", 9),
  FLOAT("float", 4),
  DOUBLE("double", 8),
  /** Text; equal texts are stored once in a chunk. */
  STRING("java.lang.String", 10),
  /**
   * Text that is written in full with each event, so that it can be read where the chunk's
   * constants are lost.
   */
  TEXT("java.lang.String", 10),
  /** A thread that was made known with {@link JfrWriter#thread}. */
  THREAD("java.lang.Thread", 9);

  private final String typeName;
  private final int maxBytes;

  FieldType(String typeName, int maxBytes) {
    this.typeName = typeName;
    this.maxBytes = maxBytes;
  }

  String typeName() {
    return typeName;
  }

  /** Bytes that a value takes at most, but for the letters of a {@link #TEXT}. */
  int maxBytes() {
    return maxBytes;
  }
}
