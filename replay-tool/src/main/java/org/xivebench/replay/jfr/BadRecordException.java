package org.xivebench.replay.jfr;

/**
 * Bytes that do not decode, at a place: what the readers of records throw to the reader of the
 * chunk, which knows the file and whether to refuse or to salvage.
 */
final class BadRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  private final long position;

  BadRecordException(long position, String reason) {
    // Damaged input can produce these by the thousand, and nobody looks at the stack.
    super(reason, null, false, false);
    this.position = position;
  }

  /** Offset from the start of the recording. */
  long position() {
    return position;
  }
}
