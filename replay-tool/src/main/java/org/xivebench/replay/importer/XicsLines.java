package org.xivebench.replay.importer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The lines of XICS sources, whose levels a QEMU log does not have. An MSI pulses, so that 1 and 0
 * alternate. An LSI that goes to 1 is presented at once, unless it is masked or the presenter has
 * it already: if it is not presented, it goes to 0, but for the last of these cases, in which it
 * changes.
 */
final class XicsLines {
  private static final int MASKED = 0xff;

  private final BitSet levels = new BitSet();

  /** LSIs that a presenter was offered and has neither given back nor seen the EOI of. */
  private final BitSet sent = new BitSet();

  private final Map<Integer, Integer> priorities = new HashMap<>();

  /** An MSI's line changes; returns the level that it has now. */
  boolean changeMsi(int source) {
    levels.flip(source);
    return levels.get(source);
  }

  /**
   * An LSI's line may have changed; returns the level that it has now.
   *
   * @param presented whether the source is presented next
   */
  boolean changeLsi(int source, boolean presented) {
    boolean masked = priorities.getOrDefault(source, MASKED) == MASKED;
    boolean level = presented || (!levels.get(source) && !masked && sent.get(source));
    levels.set(source, level);
    return level;
  }

  /** A source was given a priority; 0xff masks it. */
  void configured(int source, int priority) {
    priorities.put(source, priority);
  }

  /** A source was offered to a presenter. */
  void sent(int source) {
    sent.set(source);
  }

  /** A presenter has given it back, or seen its EOI. */
  void returned(int source) {
    sent.clear(source);
  }

  /** The machine was reset: levels are the devices', and stay. */
  void reset() {
    priorities.clear();
    sent.clear();
  }
}
