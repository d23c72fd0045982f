package org.xivebench.replay.trace;

/**
 * A number that sums up a trace, so that a value that was altered is noticed even where the file
 * still decodes. FNV-1a over 64-bit words with a final mix; no protection against intent.
 */
public final class TraceDigest {
  private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private long state = OFFSET_BASIS;

  void add(TraceHeader header) {
    add(header.version());
    add(header.mode().label().hashCode());
    add(header.firstSource());
    if (!header.observed().isEmpty()) {
      add(header.observedNames().hashCode());
    }
    header.servers().forEach(this::add);
    for (TraceHeader.Source source : header.sources()) {
      add(source.number());
      add(source.lsi() ? 1 : 0);
    }
  }

  void add(TraceEvent event) {
    add(event.kind().digestWord());
    add(event.sequence());
    add(event.timeNanos());
    add(event.vcpu());
    add(event.thread());
    for (int i = 0; i < event.kind().fieldCount(); i++) {
      add(event.valueAt(i));
    }
  }

  /** Adds a word. */
  public void add(long word) {
    // The rotation brings high bits down, where the multiplication spreads them again.
    state = Long.rotateLeft((state ^ word) * PRIME, 29);
  }

  /** Returns the sum of what was added so far. */
  public long value() {
    return (state ^ (state >>> 32)) * PRIME;
  }
}
