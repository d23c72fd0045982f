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

  // Where things stand in the words, which a reader fills straight from a recording.
  static final int TIME = 0;
  static final int THREAD = 1;
  static final int SEQUENCE = 2;
  static final int VCPU = 3;
  static final int FIRST_FIELD = 4;

  private final long[] words = new long[FIRST_FIELD + TraceKind.MAX_FIELDS];
  private TraceKind kind = TraceKind.SNAPSHOT;

  /** An event without content. */
  public TraceEvent() {
    words[VCPU] = NO_VCPU;
  }

  /** What happened. */
  public TraceKind kind() {
    return kind;
  }

  /** Number in the trace, from 1. */
  public long sequence() {
    return words[SEQUENCE];
  }

  /** When, in nanoseconds since the epoch. */
  public long timeNanos() {
    return words[TIME];
  }

  /** Index of the vCPU that did it, or {@link #NO_VCPU}. */
  public int vcpu() {
    return (int) words[VCPU];
  }

  /** The thread that did it, by the number that it had where it was recorded; 0 if not known. */
  public long thread() {
    return words[THREAD];
  }

  /**
   * The value of a field; 32-bit ones are unsigned here.
   *
   * @throws IllegalArgumentException if events of this kind do not have it
   */
  public long get(TraceField field) {
    return words[FIRST_FIELD + slot(field)];
  }

  /** The value of a field, as an {@code int}. */
  public int getInt(TraceField field) {
    return (int) words[FIRST_FIELD + slot(field)];
  }

  /** The value of a field that is true or false. */
  public boolean getBoolean(TraceField field) {
    return words[FIRST_FIELD + slot(field)] != 0;
  }

  /** Makes this an event of a kind, with all fields 0 but for the sequence, which stays. */
  public TraceEvent begin(TraceKind newKind, long newTimeNanos, int newVcpu, long newThread) {
    kind = newKind;
    attribute(newTimeNanos, newVcpu, newThread);
    Arrays.fill(words, FIRST_FIELD, words.length, 0);
    return this;
  }

  /** All that is in the event but for its kind: to be filled, and then to be made one. */
  long[] words() {
    return words;
  }

  /**
   * Makes the words an event of a kind: cuts them to what the encoding of each holds.
   *
   * @param timeNanos in place of the time in the words
   * @param thread in place of the thread in the words
   */
  void filled(TraceKind newKind, long timeNanos, long thread) {
    kind = newKind;
    words[TIME] = timeNanos;
    words[THREAD] = thread;
    words[VCPU] = (int) words[VCPU];
    long[] masks = newKind.masks();
    for (int i = 0; i < masks.length; i++) {
      words[FIRST_FIELD + i] &= masks[i];
    }
  }

  /**
   * Makes this an event of a kind with three fields, given in their order, that nobody did; for who
   * makes millions.
   *
   * @return this
   */
  public TraceEvent begin(TraceKind newKind, long first, long second, long third) {
    kind = newKind;
    attribute(0, NO_VCPU, 0);
    valueAt(0, first);
    valueAt(1, second);
    valueAt(2, third);
    return this;
  }

  /** The same, of a kind with six fields. */
  public TraceEvent begin(
      TraceKind newKind, long first, long second, long third, long fourth, long fifth, long sixth) {
    TraceEvent unusedThis = begin(newKind, first, second, third);
    valueAt(3, fourth);
    valueAt(4, fifth);
    valueAt(5, sixth);
    return this;
  }

  /** Makes this an event of a kind, with its fields from an array; all else stays. */
  void filled(TraceKind newKind, long[] fields, int from) {
    kind = newKind;
    int count = newKind.fieldCount();
    for (int i = 0; i < count; i++) {
      words[FIRST_FIELD + i] = fields[from + i];
    }
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
      if (valueAt(i) != other.valueAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Adds up what happened, by whom, and with which values; not when, and not its number. Equal on
   * every machine and in every version of the program.
   *
   * @param step the vCPU is multiplied by it, the first field by twice as much, and so on; odd
   */
  public long contentSum(long step) {
    long factor = step;
    long sum = kind.digestWord() + vcpu() * factor;
    for (int i = 0; i < kind.fieldCount(); i++) {
      factor += step;
      sum += valueAt(i) * (factor | 1);
    }
    return sum;
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
    int count = FIRST_FIELD + kind.fieldCount();
    for (int i = 0; i < count; i++) {
      words[i] = other.words[i];
    }
    return this;
  }

  void sequence(long newSequence) {
    words[SEQUENCE] = newSequence;
  }

  /** Says which vCPU and thread did it, when that becomes known only later. */
  public void attribute(long newTimeNanos, int newVcpu, long newThread) {
    words[TIME] = newTimeNanos;
    words[VCPU] = newVcpu;
    words[THREAD] = newThread;
  }

  long valueAt(int slot) {
    return words[FIRST_FIELD + slot];
  }

  /** Sets a field by its position; cuts the value to what the encoding of the field holds. */
  void valueAt(int slot, long value) {
    long mask = kind.maskOf(slot);
    words[FIRST_FIELD + slot] = mask == 1 ? (value != 0 ? 1 : 0) : value & mask;
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
    StringBuilder text = new StringBuilder(96).append('#').append(sequence());
    if (vcpu() != NO_VCPU) {
      text.append(" vcpu ").append(vcpu());
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
        text.append(valueAt(i) != 0);
      } else if (field.type() == TraceField.Type.INT) {
        text.append("0x").append(Integer.toHexString((int) valueAt(i)));
      } else {
        text.append("0x").append(Long.toHexString(valueAt(i)));
      }
    }
  }
}
