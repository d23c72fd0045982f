package org.xivebench.replay;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that was given to the tool is missing, damaged, or does not hold what was asked of it. The
 * message is one line that names the file, the place in it where there is one, and the cause.
 */
public final class InputException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Something is wrong with the file as a whole. */
  public InputException(Path file, String problem) {
    super(file + ": " + problem);
  }

  /** The same, because of another exception, which is kept for its stack trace. */
  public InputException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }

  /**
   * Something is wrong at one place of the file.
   *
   * @param where the place as a reader would look for it, such as {@code "line 12"} or {@code
   *     "offset 0x1f40"}
   */
  public InputException(Path file, String where, String problem) {
    super(file + ": " + where + ": " + problem);
  }

  /** The same, because of another exception, which is kept for its stack trace. */
  public InputException(Path file, String where, String problem, Throwable cause) {
    super(file + ": " + where + ": " + problem, cause);
  }
}
