package org.xivebench.xive;

/**
 * The memory that an event queue lies in, as the interrupt hardware sees it: 32-bit words.
 *
 * <p>Implementations order {@link #putEntry} as a release and {@link #entry} as an acquire: who
 * sees an entry sees everything that was done before it was written. Memory that has been freed
 * throws {@link org.xivebench.sync.UseAfterFree}: hardware that still writes to it corrupts
 * somebody else's memory.
 */
public interface QueueMemory {
  /**
   * Writes an entry.
   *
   * @param index in words, from 0
   * @param bigEndianWord the word's value; in memory its most significant byte comes first
   */
  void putEntry(int index, int bigEndianWord);

  /**
   * Reads an entry.
   *
   * @param index in words, from 0
   */
  int entry(int index);
}
