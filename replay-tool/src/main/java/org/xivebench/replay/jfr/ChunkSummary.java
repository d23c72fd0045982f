package org.xivebench.replay.jfr;

/**
 * What a chunk held, told when it has been read.
 *
 * @param header as it stands in the file
 * @param end position after the chunk's last byte; not what the header says if that is damaged
 * @param jvm number of the JVM that wrote the chunk, counted from 1 in the order of the file
 * @param events number of events, selected or not
 * @param lostBytes bytes that could not be decoded
 */
public record ChunkSummary(ChunkHeader header, long end, int jvm, long events, long lostBytes) {
  /**
   * Whether the chunk is all that its JVM meant to write: finished, and nothing lost. A chunk of a
   * JVM that was killed lacks what came after its last flush.
   */
  public boolean isWhole() {
    return header.isFinished() && lostBytes == 0;
  }
}
