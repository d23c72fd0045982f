package org.xivebench.replay.jfr;

import java.io.IOException;

/**
 * A recording cannot be read. The message is one line that names the file and what is wrong with
 * it, fit to be shown to a user as it stands.
 */
public abstract sealed class RecordingException extends IOException
    permits DamagedRecordingException, UnsupportedRecordingException {
  private static final long serialVersionUID = 1L;

  private final String file;

  RecordingException(String file, String message, Throwable cause) {
    super(message, cause);
    this.file = file;
  }

  /** Name of the recording, as it was given to the reader. */
  public String file() {
    return file;
  }
}
