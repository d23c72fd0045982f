package org.xivebench.replay.explore;

/** Nobody can go on, but not everybody has ended: a deadlock, or a wake-up that nobody gives. */
final class StuckException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StuckException(String message) {
    super(message);
  }
}
