package org.xivebench.replay.explore;

/**
 * What has been done to each object in a run so far, as far as it matters: a hash of the last write
 * with all that happened before it, and a hash of the reads since. From these the scheduler makes a
 * signature of the run that is the same for two orders which differ only in independent steps.
 *
 * <p>An identity map that is emptied between runs without being touched.
 */
final class AccessHistory {
  private static final int FIRST_CAPACITY = 1 << 10;

  private Object[] keys = new Object[FIRST_CAPACITY];
  private int[] generations = new int[FIRST_CAPACITY];
  private long[] writes = new long[FIRST_CAPACITY];
  private long[] reads = new long[FIRST_CAPACITY];
  private int generation = 1;
  private int size;

  /** Begins a run. */
  void clear() {
    generation++;
    size = 0;
  }

  /**
   * Notes an access.
   *
   * @param before hash of what the accessor did before
   * @return hash of the access, with all that happened before it
   */
  long access(boolean write, Object subject, long before) {
    int slot = slotOf(subject);
    long event;
    if (write) {
      event = mix(before ^ mix(writes[slot] + 0x9e3779b97f4a7c15L * mix(reads[slot] + 1)));
      writes[slot] = event;
      reads[slot] = 0;
    } else {
      event = mix(before ^ mix(writes[slot] + 0x632be59bd9b4e019L));
      reads[slot] += event;
    }
    return event;
  }

  private int slotOf(Object subject) {
    int mask = keys.length - 1;
    int slot = System.identityHashCode(subject) & mask;
    while (generations[slot] == generation) {
      if (keys[slot] == subject) {
        return slot;
      }
      slot = slot + 1 & mask;
    }
    if (2 * size >= keys.length) {
      grow();
      return slotOf(subject);
    }
    size++;
    keys[slot] = subject;
    generations[slot] = generation;
    writes[slot] = 0;
    reads[slot] = 0;
    return slot;
  }

  private void grow() {
    Object[] oldKeys = keys;
    int[] oldGenerations = generations;
    long[] oldWrites = writes;
    long[] oldReads = reads;
    int capacity = 2 * oldKeys.length;
    keys = new Object[capacity];
    generations = new int[capacity];
    writes = new long[capacity];
    reads = new long[capacity];
    size = 0;
    for (int at = 0; at < oldKeys.length; at++) {
      if (oldGenerations[at] == generation) {
        int slot = slotOf(oldKeys[at]);
        writes[slot] = oldWrites[at];
        reads[slot] = oldReads[at];
      }
    }
  }

  /** Stafford's variant 13 of the MurmurHash3 finaliser. */
  static long mix(long value) {
    long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
