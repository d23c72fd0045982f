package org.xivebench.replay.trace;

import java.util.Arrays;
import org.xivebench.replay.jfr.EventCursor;

/**
 * The numbers that the threads of a trace have in the operating system, by the keys of their
 * constants in a chunk: those of the last ones, since a trace goes from thread to thread.
 */
final class ThreadNumbers {
  /** A power of two, above the number of threads that take turns. */
  private static final int KEPT = 64;

  private static final long NO_KEY = Long.MIN_VALUE;

  private final long[] keys = new long[KEPT];
  private final long[] numbers = new long[KEPT];
  private int chunk;

  /** The events that follow are of the chunk with that number. */
  void enter(int newChunk) {
    if (chunk != newChunk) {
      chunk = newChunk;
      Arrays.fill(keys, NO_KEY);
      Arrays.fill(numbers, 0);
    }
  }

  /**
   * Returns the number of the thread of an event.
   *
   * @param key of its constant
   * @param cursor shows the event
   */
  long of(long key, EventCursor cursor) {
    int place = (int) key & KEPT - 1;
    if (keys[place] != key) {
      keys[place] = key;
      numbers[place] = cursor.getLong(TraceEvent.THREAD);
    }
    return numbers[place];
  }
}
