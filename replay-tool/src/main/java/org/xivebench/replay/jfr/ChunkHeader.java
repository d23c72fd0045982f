package org.xivebench.replay.jfr;

/**
 * The 68 bytes that open a chunk, all words big-endian (jdk.jfr, format 2.x):
 *
 * <pre>
 *  0 'F' 'L' 'R' 0 | major:2 | minor:2 |  8 chunk size      | 16 last checkpoint, from chunk start
 * 24 metadata, from chunk start        | 32 start, epoch ns | 40 duration, ns
 * 48 start, ticks                      | 56 ticks a second  | 64 state | 0 | 0 | flags
 * </pre>
 *
 * @param number of the chunk in its recording, counted from 1
 * @param position of the chunk's first byte in the (uncompressed) recording
 * @param size bytes of the chunk, header included; 0 as long as its JVM has not flushed it
 * @param constantPoolOffset of the last checkpoint, from {@code position}; 0: none
 * @param metadataOffset of the metadata, from {@code position}; 0: none yet
 * @param startNanos start, nanoseconds since the epoch
 * @param durationNanos time from the first to the last moment of the chunk, nanoseconds
 * @param startTicks the tick counter at {@code startNanos}
 * @param ticksPerSecond rate of the tick counter
 * @param state 0 when the chunk is finished, 255 while its header is rewritten, otherwise the
 *     number of flushes so far
 */
public record ChunkHeader(
    int number,
    long position,
    int major,
    int minor,
    long size,
    long constantPoolOffset,
    long metadataOffset,
    long startNanos,
    long durationNanos,
    long startTicks,
    long ticksPerSecond,
    int state,
    int flags) {

  static final int BYTES = 68;
  static final int MAGIC = 0x464c5200;
  private static final int FLAG_COMPRESSED_INTEGERS = 1;
  private static final int FLAG_FINAL = 2;

  static ChunkHeader parse(byte[] bytes, int at, int number, long position) {
    return new ChunkHeader(
        number,
        position,
        Bytes.getShort(bytes, at + 4) & 0xffff,
        Bytes.getShort(bytes, at + 6) & 0xffff,
        Bytes.getLong(bytes, at + 8),
        Bytes.getLong(bytes, at + 16),
        Bytes.getLong(bytes, at + 24),
        Bytes.getLong(bytes, at + 32),
        Bytes.getLong(bytes, at + 40),
        Bytes.getLong(bytes, at + 48),
        Bytes.getLong(bytes, at + 56),
        bytes[at + 64] & 0xff,
        bytes[at + 67] & 0xff);
  }

  /** Whether the JVM closed the chunk; one that was killed leaves it as of its last flush. */
  public boolean isFinished() {
    return state == 0;
  }

  /** Whether integers are stored in LEB128 form. */
  boolean hasCompressedIntegers() {
    return (flags & FLAG_COMPRESSED_INTEGERS) != 0;
  }

  /** Whether the JVM marked this chunk as the last one of its recording. */
  public boolean isFinal() {
    return (flags & FLAG_FINAL) != 0;
  }

  /** The relation of ticks and time that this chunk notes; see {@link TickClock}. */
  public TickClock clock() {
    return new TickClock(startNanos, startTicks, ticksPerSecond);
  }

  /** The end, in nanoseconds since the epoch. */
  public long endNanos() {
    return startNanos + durationNanos;
  }

  /**
   * Whether this chunk is the one that the same JVM wrote after {@code previous}: a JVM starts a
   * chunk at the very nanosecond at which it ends the one before, and its ticks go on.
   */
  public boolean continues(ChunkHeader previous) {
    return startNanos == previous.endNanos()
        && ticksPerSecond == previous.ticksPerSecond
        && startTicks >= previous.startTicks;
  }
}
