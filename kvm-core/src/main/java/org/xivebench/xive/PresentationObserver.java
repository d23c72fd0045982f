package org.xivebench.xive;

/**
 * Is told of each event that has passed PQ, EAS and END and comes to a VP, whether that is
 * dispatched or not. Called by the thread whose access it was, while it owns the END: must be
 * quick, and must not access the hardware.
 */
@FunctionalInterface
public interface PresentationObserver {
  /** Observes nothing. */
  PresentationObserver NONE = vp -> {};

  /**
   * An event comes to a VP.
   *
   * @param vp its number
   */
  void presented(int vp);
}
