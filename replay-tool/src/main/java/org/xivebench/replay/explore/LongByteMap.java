package org.xivebench.replay.explore;

/**
 * Small numbers by 64-bit hashes: open addressing, nothing is ever removed. Keeps no more than a
 * limit; what does not fit is not kept.
 */
final class LongByteMap {
  private final int limit;
  private long[] keys = new long[1 << 12];

  /** Value + 1; 0 where there is none. */
  private byte[] values = new byte[1 << 12];

  private int size;

  /**
   * @param limit most entries
   */
  LongByteMap(int limit) {
    this.limit = limit;
  }

  /** Returns the number of a key, or -1. */
  int get(long key) {
    return values[slotOf(key)] - 1;
  }

  /**
   * Keeps a number.
   *
   * @param value 0 to 126
   * @return whether the key is new
   */
  boolean put(long key, int value) {
    int slot = slotOf(key);
    boolean isNew = values[slot] == 0;
    if (isNew) {
      if (size == limit) {
        return true;
      }
      size++;
      keys[slot] = key;
    }
    values[slot] = (byte) (value + 1);
    if (2 * size > keys.length) {
      grow();
    }
    return isNew;
  }

  /** Returns how many there are. */
  int size() {
    return size;
  }

  private int slotOf(long key) {
    int mask = keys.length - 1;
    int slot = (int) (key ^ key >>> 32) & mask;
    while (values[slot] != 0 && keys[slot] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    byte[] oldValues = values;
    keys = new long[2 * oldKeys.length];
    values = new byte[2 * oldValues.length];
    for (int at = 0; at < oldKeys.length; at++) {
      if (oldValues[at] != 0) {
        int slot = slotOf(oldKeys[at]);
        keys[slot] = oldKeys[at];
        values[slot] = oldValues[at];
      }
    }
  }
}
