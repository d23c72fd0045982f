package org.xivebench.replay.soak;

import java.util.SplittableRandom;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.swap.SwapException;

/**
 * One way into the devices, taken over and over by a thread of its own.
 *
 * @param name as reports have it
 * @param pauseNanos the longest pause between two steps
 * @param step what is done
 */
record SoakPath(String name, long pauseNanos, Step step) {

  /** Once along a path. */
  @FunctionalInterface
  interface Step {
    /**
     * Takes it.
     *
     * @param random of this path only
     * @throws ErrnoException an answer: of a device that is not there, or that refuses
     * @throws SwapException a finding
     */
    void take(SplittableRandom random) throws ErrnoException, SwapException;
  }
}
