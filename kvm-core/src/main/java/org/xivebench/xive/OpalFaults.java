package org.xivebench.xive;

/** Lets tests make the firmware fail, which the hardware model alone would not. */
public interface OpalFaults {
  /** No call fails by itself. */
  OpalFaults NONE = (call, argument) -> OpalCode.SUCCESS;

  /**
   * Asked before each call does anything.
   *
   * @param argument the call's first: irq, VP, or order
   * @return {@link OpalCode#SUCCESS} to let the call go on, or the code that it returns at once
   *     ({@code ALLOCATE_IRQ} then returns 0)
   */
  int before(OpalCall call, int argument);
}
