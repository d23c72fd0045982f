package org.xivebench.replay.jfr;

/**
 * The input is sound as far as it was looked at but not a recording that this package reads: text,
 * an archive, or a recording of the formats 0.9 (JRockit, Oracle JDK 7 and 8) or 1.x (JDK 9, 10).
 */
public final class UnsupportedRecordingException extends RecordingException {
  private static final long serialVersionUID = 1L;

  UnsupportedRecordingException(String file, String reason) {
    super(file, file + ": " + reason, null);
  }
}
