package org.xivebench.replay;

/**
 * The user asked for something that cannot be: an unknown name, a value out of range, options that
 * contradict each other, an output that cannot be written. The message is one line that says what
 * is wrong and what would be right.
 */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A request that cannot be met. */
  public UsageException(String message) {
    super(message);
  }

  /** The same, because of another exception, which is kept for its stack trace. */
  public UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
