package org.xivebench.replay.importer;

/**
 * Puts interrupts in the order of their times, as far as its room allows: when it is full, the
 * earliest leaves. A binary heap over two arrays, so that nothing is allocated for an interrupt.
 */
final class InterruptQueue {
  private final long[] times;
  private final long[] words;
  private int size;

  /**
   * @param capacity how many interrupts may wait
   */
  InterruptQueue(int capacity) {
    times = new long[capacity];
    words = new long[capacity];
  }

  boolean isFull() {
    return size == times.length;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Time of the earliest. */
  long time() {
    return times[0];
  }

  /** What was put with the earliest; of several at one time, the lowest. */
  long word() {
    return words[0];
  }

  void put(long time, long word) {
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!before(time, word, parent)) {
        break;
      }
      times[at] = times[parent];
      words[at] = words[parent];
      at = parent;
    }
    times[at] = time;
    words[at] = word;
  }

  /** Takes the earliest out. */
  void remove() {
    long time = times[--size];
    long word = words[size];
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && before(times[child + 1], words[child + 1], child)) {
        child++;
      }
      if (before(time, word, child)) {
        break;
      }
      times[at] = times[child];
      words[at] = words[child];
      at = child;
    }
    times[at] = time;
    words[at] = word;
  }

  private boolean before(long time, long word, int other) {
    return time < times[other] || (time == times[other] && word < words[other]);
  }
}
