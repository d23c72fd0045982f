package org.xivebench.replay.jfr;

/**
 * Where a chunk lies.
 *
 * @param header as it stands in the file
 * @param end position after the chunk's last byte; not what the header says if that is damaged
 */
public record ChunkSpan(ChunkHeader header, long end) {
  /** Where the chunk begins. */
  public long position() {
    return header.position();
  }

  /**
   * What two copies of a chunk have in common, wherever they lie: a JVM begins no two chunks at the
   * same tick. Chunks with equal keys are copies if their bytes are the same, too.
   */
  public Key key() {
    return new Key(
        header.startNanos(),
        header.startTicks(),
        header.ticksPerSecond(),
        header.durationNanos(),
        end - header.position());
  }

  /** See {@link #key}. */
  public record Key(
      long startNanos, long startTicks, long ticksPerSecond, long durationNanos, long size) {}
}
