package org.xivebench.replay.ordered;

import org.xivebench.replay.trace.TraceEvent;

/**
 * A number that sums up a run: its operations and what the model answered. Not what a trace's own
 * digest is, since that has times and numbers of events, and what was recorded.
 *
 * <p>The words of an event are added up, each multiplied by a constant of its own, so that they can
 * be taken all at once; the sums are chained as FNV-1a chains bytes. No protection against intent.
 */
final class RunDigest {
  private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  /** Added to a multiplier for the next word: the golden ratio in 64 bits, as in SplitMix64. */
  private static final long STEP = 0x9e3779b97f4a7c15L;

  private long state = OFFSET_BASIS;

  /** Adds what happened, by whom, and with which values; not when, and not its number. */
  void add(TraceEvent event) {
    add(event.contentSum(STEP));
  }

  /** Adds a word. */
  void add(long word) {
    // The rotation brings high bits down, where the multiplication spreads them again.
    state = Long.rotateLeft((state ^ word) * PRIME, 29);
  }

  /** Returns the sum of what was added so far. */
  long value() {
    return (state ^ (state >>> 32)) * PRIME;
  }
}
