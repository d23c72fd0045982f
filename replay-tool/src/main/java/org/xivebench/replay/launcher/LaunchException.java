package org.xivebench.replay.launcher;

/** The framework or the bundles did not come up. The message is fit to be shown to a user. */
public final class LaunchException extends Exception {
  private static final long serialVersionUID = 1L;

  LaunchException(String message) {
    super(message);
  }

  LaunchException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
