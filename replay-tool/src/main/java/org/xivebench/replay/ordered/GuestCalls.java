package org.xivebench.replay.ordered;

import java.io.IOException;

/** Calls that the recorded guest did not make, but makes on another controller. */
interface GuestCalls {
  /**
   * Makes a hypercall.
   *
   * @return R4
   * @throws IOException if the call cannot be recorded
   */
  long hcall(int cpu, int opcode, long argument) throws IOException;

  /** Returns whether the vCPU's external interrupt is up. */
  boolean interrupt(int cpu);
}
