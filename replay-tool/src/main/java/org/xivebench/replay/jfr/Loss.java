package org.xivebench.replay.jfr;

/**
 * A stretch of a damaged recording that was not delivered, or that was delivered in part.
 *
 * @param chunk number of the chunk, counted from 1; 0 outside of every chunk
 * @param offset first byte of the stretch, from the start of the (uncompressed) recording
 * @param bytes length of the stretch; 0 when only a fact about the chunk is lost
 * @param reason what is wrong there
 */
public record Loss(int chunk, long offset, long bytes, String reason) {
  @Override
  public String toString() {
    return (chunk > 0 ? "chunk " + chunk + ", " : "")
        + "byte "
        + offset
        + ": "
        + (bytes > 0 ? bytes + " bytes lost: " : "")
        + reason;
  }
}
