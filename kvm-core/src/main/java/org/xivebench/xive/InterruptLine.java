package org.xivebench.xive;

/**
 * The external interrupt input of a processor.
 *
 * <p>Called by the thread whose access made the change, after the change, outside of everything
 * that serialises the hardware. Two threads' calls may arrive in either order: take them as a hint
 * to look at {@link Tima#externalLine}. Must not block and must not take a lock under which anybody
 * accesses the hardware.
 */
public interface InterruptLine {
  /** NSR.EO of the pushed context went up. */
  void raise();

  /** NSR.EO went down, or the context was pulled. */
  void lower();
}
