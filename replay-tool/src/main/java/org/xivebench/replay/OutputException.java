package org.xivebench.replay;

import java.io.IOException;

/**
 * What was to be written could not be: the disk is full, the reader of a pipe has gone. The message
 * is one line that names the file and the cause.
 */
public final class OutputException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Something could not be written.
   *
   * @param output what the user calls it
   */
  public OutputException(String output, IOException cause) {
    super(output + ": cannot be written: " + cause.getMessage(), cause);
  }

  /** The same, where the cause is not known. */
  public OutputException(String output) {
    super(output + ": cannot be written");
  }
}
