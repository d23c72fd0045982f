package org.xivebench.replay.jfr;

/**
 * Bytes of a recording are not what the format demands: the file is cut off, overwritten or was
 * never finished. Thrown in {@link ReadMode#STRICT}; in {@link ReadMode#SALVAGE} the same finding
 * becomes a {@link Loss}, and this exception is left for input in which no chunk can be found.
 */
public final class DamagedRecordingException extends RecordingException {
  private static final long serialVersionUID = 1L;

  private final int chunk;
  private final long offset;
  private final String reason;

  DamagedRecordingException(String file, int chunk, long offset, String reason, Throwable cause) {
    super(
        file,
        file + ": " + (chunk > 0 ? "chunk " + chunk + ", " : "") + "byte " + offset + ": " + reason,
        cause);
    this.chunk = chunk;
    this.offset = offset;
    this.reason = reason;
  }

  DamagedRecordingException(String file, int chunk, long offset, String reason) {
    this(file, chunk, offset, reason, null);
  }

  /** Number of the chunk, counted from 1; 0 when the damage lies outside of every chunk. */
  public int chunk() {
    return chunk;
  }

  /** Offset in bytes from the start of the (uncompressed) recording. */
  public long offset() {
    return offset;
  }

  /** What is wrong there, without file and place. */
  public String reason() {
    return reason;
  }
}
