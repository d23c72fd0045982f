package org.xivebench.replay.jfr;

import java.util.Arrays;

/** Numbers the distinct longs put into it 0, 1, 2 and so on; open addressing, no boxing. */
final class LongIndex {
  private long[] keys = new long[16];

  /** Ordinal plus one of the key in the same place of {@link #keys}; 0: free. */
  private int[] ordinals = new int[16];

  private int size;

  int size() {
    return size;
  }

  /** The ordinal of a key, or -1. */
  int find(long key) {
    int mask = keys.length - 1;
    for (int i = slot(key, mask); ; i = (i + 1) & mask) {
      int ordinal = ordinals[i];
      if (ordinal == 0) {
        return -1;
      }
      if (keys[i] == key) {
        return ordinal - 1;
      }
    }
  }

  /** The ordinal of a key that is added if it is new: then it is the {@link #size} of before. */
  int add(long key) {
    if (size * 2 >= keys.length) {
      grow();
    }
    int mask = keys.length - 1;
    int i = slot(key, mask);
    while (ordinals[i] != 0) {
      if (keys[i] == key) {
        return ordinals[i] - 1;
      }
      i = (i + 1) & mask;
    }
    keys[i] = key;
    ordinals[i] = ++size;
    return size - 1;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldOrdinals = ordinals;
    keys = new long[oldKeys.length * 2];
    ordinals = new int[oldKeys.length * 2];
    int mask = keys.length - 1;
    for (int j = 0; j < oldKeys.length; j++) {
      if (oldOrdinals[j] != 0) {
        int i = slot(oldKeys[j], mask);
        while (ordinals[i] != 0) {
          i = (i + 1) & mask;
        }
        keys[i] = oldKeys[j];
        ordinals[i] = oldOrdinals[j];
      }
    }
  }

  private static int slot(long key, int mask) {
    long mixed = key * 0x9e3779b97f4a7c15L;
    return (int) (mixed >>> 40) & mask;
  }

  void clear() {
    Arrays.fill(ordinals, 0);
    size = 0;
  }
}
