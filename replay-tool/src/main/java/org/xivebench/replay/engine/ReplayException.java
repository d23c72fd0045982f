package org.xivebench.replay.engine;

/** A trace cannot be replayed on any machine. The message continues the name of the trace. */
public final class ReplayException extends Exception {
  private static final long serialVersionUID = 1L;

  /** A message without the trace's name, and what was found. */
  public ReplayException(String message, Throwable cause) {
    super(message, cause);
  }
}
