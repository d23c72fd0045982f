package org.xivebench.replay.shell;

/** A command cannot be done. The message says why, in a line. */
final class ShellException extends Exception {
  private static final long serialVersionUID = 1L;

  ShellException(String message) {
    super(message);
  }
}
