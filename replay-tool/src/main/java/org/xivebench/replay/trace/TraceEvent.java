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

  /** The vCPU; above it, once the event is one, the kind. */
  static final int VCPU = 3;

  static final int FIRST_FIELD = 4;

  /** Words that an event takes at most. */
  static final int MAX_WORDS = FIRST_FIELD + TraceKind.MAX_FIELDS;

  private static final int KIND_SHIFT = 32;

  private long[] words = new long[MAX_WORDS];

  /** Where in the words the event begins. */
  private int base;

  /** The kind, which is asked for most. A number: to store a reference costs more. */
  private int kindIndex;

  /** An event without content. */
  public TraceEvent() {
    attribute(0, NO_VCPU, 0);
  }

  /** What happened. */
  public TraceKind kind() {
    return TraceKind.at(kindIndex);
  }

  /** Number in the trace, from 1. */
  public long sequence() {
    return words[base + SEQUENCE];
  }

  /** When, in nanoseconds since the epoch. */
  public long timeNanos() {
    return words[base + TIME];
  }

  /** Index of the vCPU that did it, or {@link #NO_VCPU}. */
  public int vcpu() {
    return (int) words[base + VCPU];
  }

  /** The thread that did it, by the number that it had where it was recorded; 0 if not known. */
  public long thread() {
    return words[base + THREAD];
  }

  /**
   * The value of a field; 32-bit ones are unsigned here.
   *
   * @throws IllegalArgumentException if events of this kind do not have it
   */
  public long get(TraceField field) {
    return valueAt(slot(field));
  }

  /** The value of a field, as an {@code int}. */
  public int getInt(TraceField field) {
    return (int) valueAt(slot(field));
  }

  /** The value of a field that is true or false. */
  public boolean getBoolean(TraceField field) {
    return valueAt(slot(field)) != 0;
  }

  /** Makes this an event of a kind, with all fields 0 but for the sequence, which stays. */
  public TraceEvent begin(TraceKind newKind, long newTimeNanos, int newVcpu, long newThread) {
    occur(newKind, newVcpu, newTimeNanos, newThread);
    Arrays.fill(words, base + FIRST_FIELD, base + FIRST_FIELD + newKind.fieldCount(), 0);
    return this;
  }

  /** The words in which the event lies, from {@link #base} on: to be filled, and made one. */
  long[] words() {
    return words;
  }

  /** Where in {@link #words} the event begins. */
  int base() {
    return base;
  }

  /** Moves to words of another array, which are an event's or are to be filled. */
  void moveTo(long[] newWords, int newBase) {
    words = newWords;
    moveTo(newBase);
  }

  /** Moves on in the array. */
  void moveTo(int newBase) {
    base = newBase;
    kindIndex = (int) (words[newBase + VCPU] >>> KIND_SHIFT);
  }

  /** How many of the words are the event's. */
  int length() {
    return FIRST_FIELD + kind().fieldCount();
  }

  /**
   * Makes the words an event of a kind: cuts them to what the encoding of each holds.
   *
   * @param timeNanos in place of the time in the words
   * @param thread in place of the thread in the words
   */
  void filled(TraceKind newKind, long timeNanos, long thread) {
    occur(newKind, (int) words[base + VCPU], timeNanos, thread);
    long[] masks = newKind.masks();
    for (int i = 0; i < masks.length; i++) {
      words[base + FIRST_FIELD + i] &= masks[i];
    }
  }

  private void occur(TraceKind newKind, int newVcpu, long newTimeNanos, long newThread) {
    kindIndex = newKind.index();
    words[base + VCPU] = (long) kindIndex << KIND_SHIFT | Integer.toUnsignedLong(newVcpu);
    words[base + TIME] = newTimeNanos;
    words[base + THREAD] = newThread;
  }

  /**
   * Makes this an event of a kind with three fields, given in their order, that nobody did; for who
   * makes millions.
   *
   * @return this
   */
  public TraceEvent begin(TraceKind newKind, long first, long second, long third) {
    occur(newKind, NO_VCPU, 0, 0);
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
    return kind().slotOf(field) >= 0;
  }

  /** Whether another event is of the same kind and has the same fields. */
  public boolean sameContent(TraceEvent other) {
    TraceKind kind = kind();
    if (kind != other.kind()) {
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
    TraceKind kind = kind();
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

  /** Becomes equal to another event, or to what is as yet none. */
  public TraceEvent copyFrom(TraceEvent other) {
    kindIndex = other.kindIndex;
    // All words that an event can have: a copy of so many has no loop.
    System.arraycopy(other.words, other.base, words, base, MAX_WORDS);
    return this;
  }

  void sequence(long newSequence) {
    words[base + SEQUENCE] = newSequence;
  }

  /** Says which vCPU and thread did it, when that becomes known only later. */
  public void attribute(long newTimeNanos, int newVcpu, long newThread) {
    occur(kind(), newVcpu, newTimeNanos, newThread);
  }

  long valueAt(int slot) {
    return words[base + FIRST_FIELD + slot];
  }

  /** Sets a field by its position; cuts the value to what the encoding of the field holds. */
  void valueAt(int slot, long value) {
    long mask = kind().maskOf(slot);
    words[base + FIRST_FIELD + slot] = mask == 1 ? (value != 0 ? 1 : 0) : value & mask;
  }

  private int slot(TraceField field) {
    TraceKind kind = kind();
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
    TraceKind kind = kind();
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
