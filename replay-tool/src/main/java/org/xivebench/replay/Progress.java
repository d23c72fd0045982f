package org.xivebench.replay;

/**
 * Told by a long job how far it is. Called often: an implementation decides how seldom to show it.
 */
public interface Progress {
  /** For callers that want to hear nothing. */
  Progress NONE = (done, total) -> {};

  /**
   * The job has got this far.
   *
   * @param done units of work done, never less than at the call before
   * @param total units of work in all; 0 if not known
   */
  void update(long done, long total);
}
