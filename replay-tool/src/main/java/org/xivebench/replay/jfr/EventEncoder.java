package org.xivebench.replay.jfr;

import java.io.IOException;
import java.util.List;

/**
 * Writes events of one type: {@link #begin}, a {@code put} for each field in the order of the
 * declaration, {@link #commit}. Allocates nothing. One event at a time for the whole writer.
 *
 * <pre>{@code
 * trigger.begin(timeNanos, vcpu).putInt(source).putLong(address).commit();
 * }</pre>
 */
public final class EventEncoder {
  private final JfrWriter writer;
  private final EventDeclaration declaration;
  private final int typeId;
  private final int sizeBytes;
  private final int maxBytes;
  private final FieldType[] types;
  private int next;

  EventEncoder(JfrWriter writer, EventDeclaration declaration, int typeId) {
    this.writer = writer;
    this.declaration = declaration;
    this.typeId = typeId;
    List<FieldDeclaration> fields = declaration.fields();
    this.types = fields.stream().map(FieldDeclaration::type).toArray(FieldType[]::new);
    int payload = 9; // the type number
    for (FieldDeclaration field : declaration.recordFields()) {
      payload += field.type().maxBytes();
    }
    boolean hasText = fields.stream().anyMatch(field -> field.type() == FieldType.TEXT);
    this.sizeBytes = hasText ? 4 : payload + 1 < 1 << 7 ? 1 : payload + 2 < 1 << 14 ? 2 : 4;
    this.maxBytes = payload + sizeBytes;
    this.next = types.length;
  }

  EventDeclaration declaration() {
    return declaration;
  }

  /** The number by which {@code jdk.ActiveSetting} names the type; of this recording alone. */
  public int typeId() {
    return typeId;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  int maxBytes() {
    return maxBytes;
  }

  /**
   * Begins an event without duration and thread.
   *
   * @param startNanos nanoseconds since the epoch
   */
  public EventEncoder begin(long startNanos) {
    return begin(startNanos, 0, 0);
  }

  /**
   * Begins an event without duration.
   *
   * @param thread from {@link JfrWriter#thread}; ignored when the type has no thread
   */
  public EventEncoder begin(long startNanos, int thread) {
    return begin(startNanos, 0, thread);
  }

  /**
   * Begins an event.
   *
   * @param durationNanos ignored when the type has no duration
   * @param thread from {@link JfrWriter#thread}, or 0 for none
   */
  public EventEncoder begin(long startNanos, long durationNanos, int thread) {
    writer.begin(this, startNanos, declaration.hasDuration() ? durationNanos : 0);
    if (declaration.hasDuration()) {
      writer.putVarint(durationNanos);
    }
    if (declaration.hasThread()) {
      writer.putThread(thread);
    }
    next = 0;
    return this;
  }

  private void expect(FieldType type) {
    if (next >= types.length || types[next] != type) {
      throw unexpected(type);
    }
    next++;
  }

  private IllegalStateException unexpected(FieldType type) {
    return new IllegalStateException(
        declaration.name()
            + (next < types.length
                ? " wants " + types[next] + " for " + declaration.fields().get(next).name()
                : " wants no more values")
            + ", got "
            + type);
  }

  public EventEncoder putBoolean(boolean value) {
    expect(FieldType.BOOLEAN);
    writer.putByte(value ? 1 : 0);
    return this;
  }

  public EventEncoder putByte(int value) {
    expect(FieldType.BYTE);
    writer.putByte(value);
    return this;
  }

  public EventEncoder putShort(int value) {
    expect(FieldType.SHORT);
    writer.putVarint(value & 0xffff);
    return this;
  }

  public EventEncoder putChar(char value) {
    expect(FieldType.CHAR);
    writer.putVarint(value);
    return this;
  }

  public EventEncoder putInt(int value) {
    expect(FieldType.INT);
    writer.putVarint(value & 0xffffffffL);
    return this;
  }

  public EventEncoder putLong(long value) {
    expect(FieldType.LONG);
    writer.putVarint(value);
    return this;
  }

  public EventEncoder putFloat(float value) {
    expect(FieldType.FLOAT);
    writer.putInt(Float.floatToIntBits(value));
    return this;
  }

  public EventEncoder putDouble(double value) {
    expect(FieldType.DOUBLE);
    writer.putLong(Double.doubleToLongBits(value));
    return this;
  }

  /**
   * Puts a text.
   *
   * @param value may be null
   */
  public EventEncoder putString(String value) {
    expect(FieldType.STRING);
    writer.putString(value);
    return this;
  }

  /**
   * Puts a text in full.
   *
   * @param value may be null
   */
  public EventEncoder putText(String value) {
    expect(FieldType.TEXT);
    writer.putText(value);
    writer.ensure(maxBytes);
    return this;
  }

  /**
   * Puts a thread.
   *
   * @param thread from {@link JfrWriter#thread}, or 0 for none
   */
  public EventEncoder putThread(int thread) {
    expect(FieldType.THREAD);
    writer.putThread(thread);
    return this;
  }

  /**
   * Ends the event.
   *
   * @throws IOException if the chunk is full and cannot be written out
   */
  public void commit() throws IOException {
    if (next != types.length) {
      throw new IllegalStateException(
          declaration.name() + " has no value for " + declaration.fields().get(next).name());
    }
    writer.commit(this);
  }
}
