package org.xivebench.replay.trace;

import java.util.Arrays;

/**
 * One event of a trace. It can be filled anew: a reader shows all its events in one object, which a
 * consumer copies if it wants to keep it.
 *
 * <p>Every event has a sequence number (counted from 1, by VM, without gaps: timestamps of
 * different threads do not order events), a time, the vCPU whose thread did the operation, and that
 * thread.
 */
public final class TraceEvent {
  /** In place of a vCPU: the operation was not made by one, or it is not known by which. */
  public static final int NO_VCPU = -1;

  private final long[] values = new long[TraceKind.MAX_FIELDS];
  private TraceKind kind = TraceKind.SNAPSHOT;
  private long sequence;
  private long timeNanos;
  private int vcpu = NO_VCPU;
  private long thread;

  /** What happened. */
  public TraceKind kind() {
    return kind;
  }

  /** Number in the trace, from 1. */
  public long sequence() {
    return sequence;
  }

  /** When, in nanoseconds since the epoch. */
  public long timeNanos() {
    return timeNanos;
  }

  /** Index of the vCPU that did it, or {@link #NO_VCPU}. */
  public int vcpu() {
    return vcpu;
  }

  /** The thread that did it, by the number that it had where it was recorded; 0 if not known. */
  public long thread() {
    return thread;
  }

  /**
   * The value of a field; 32-bit ones are unsigned here.
   *
   * @throws IllegalArgumentException if events of this kind do not have it
   */
  public long get(TraceField field) {
    return values[slot(field)];
  }

  /** The value of a field, as an {@code int}. */
  public int getInt(TraceField field) {
    return (int) values[slot(field)];
  }

  /** The value of a field that is true or false. */
  public boolean getBoolean(TraceField field) {
    return values[slot(field)] != 0;
  }

  /** Makes this an event of a kind, with all fields 0 but for the sequence, which stays. */
  public TraceEvent begin(TraceKind newKind, long newTimeNanos, int newVcpu, long newThread) {
    kind = newKind;
    timeNanos = newTimeNanos;
    vcpu = newVcpu;
    thread = newThread;
    Arrays.fill(values, 0);
    return this;
  }

  /** The same, for somebody who sets all fields and the sequence. */
  void beginUnset(
      TraceKind newKind, long newSequence, long newTimeNanos, int newVcpu, long newThread) {
    kind = newKind;
    sequence = newSequence;
    timeNanos = newTimeNanos;
    vcpu = newVcpu;
    thread = newThread;
  }

  /**
   * Sets a field.
   *
   * @return this
   * @throws IllegalArgumentException if events of this kind do not have it
   */
  public TraceEvent set(TraceField field, long value) {
    valueAt(slot(field), value);
    return this;
  }

  /** Sets a field that is true or false. */
  public TraceEvent set(TraceField field, boolean value) {
    return set(field, value ? 1 : 0);
  }

  /** Whether the event has a field. */
  public boolean has(TraceField field) {
    return kind.slotOf(field) >= 0;
  }

  /** Whether another event is of the same kind and has the same fields. */
  public boolean sameContent(TraceEvent other) {
    if (kind != other.kind) {
      return false;
    }
    for (int i = 0; i < kind.fieldCount(); i++) {
      if (values[i] != other.values[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * What happened and with which values: {@code EsbLoad source=0x1200 offset=0x10c00 value=0x2}.
   */
  public String content() {
    StringBuilder text = new StringBuilder(96);
    appendContent(text);
    return text.toString();
  }

  /** Becomes equal to another event. */
  public TraceEvent copyFrom(TraceEvent other) {
    kind = other.kind;
    sequence = other.sequence;
    timeNanos = other.timeNanos;
    vcpu = other.vcpu;
    thread = other.thread;
    System.arraycopy(other.values, 0, values, 0, values.length);
    return this;
  }

  void sequence(long newSequence) {
    sequence = newSequence;
  }

  /** Says which vCPU and thread did it, when that becomes known only later. */
  public void attribute(long newTimeNanos, int newVcpu, long newThread) {
    timeNanos = newTimeNanos;
    vcpu = newVcpu;
    thread = newThread;
  }

  long valueAt(int slot) {
    return values[slot];
  }

  /** Sets a field by its position; cuts the value to what the encoding of the field holds. */
  void valueAt(int slot, long value) {
    long mask = kind.maskOf(slot);
    values[slot] = mask == 1 ? (value != 0 ? 1 : 0) : value & mask;
  }

  private int slot(TraceField field) {
    int slot = kind.slotOf(field);
    if (slot < 0) {
      throw new IllegalArgumentException(kind.jfrName() + " has no " + field.jfrName());
    }
    return slot;
  }

  /** One line for people: {@code #12 vcpu 1 EsbLoad source=0x1200 offset=0x10c00 value=0x2}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(96).append('#').append(sequence);
    if (vcpu != NO_VCPU) {
      text.append(" vcpu ").append(vcpu);
    }
    appendContent(text.append(' '));
    return text.toString();
  }

  private void appendContent(StringBuilder text) {
    text.append(kind.simpleName());
    for (int i = 0; i < kind.fields().size(); i++) {
      TraceField field = kind.fields().get(i);
      text.append(' ').append(field.jfrName()).append('=');
      if (field.type() == TraceField.Type.BOOLEAN) {
        text.append(values[i] != 0);
      } else if (field.type() == TraceField.Type.INT) {
        text.append("0x").append(Integer.toHexString((int) values[i]));
      } else {
        text.append("0x").append(Long.toHexString(values[i]));
      }
    }
  }
}
