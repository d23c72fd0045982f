package org.xivebench.replay.trace;

/**
 * Some events in a row, packed into one array: what one thread hands to another. Events as objects
 * would lie in as many places of memory, each of which the other processor has to ask for.
 *
 * <pre>
 *   63     32 31      0
 *  |  vcpu   |  kind   |  sequence | time | thread | fields of the kind … |
 * </pre>
 *
 * <p>Filled from the start by {@link #add}, then read from the start by {@link #next}.
 */
public final class EventBatch {
  private static final int HEAD_WORDS = 4;
  private static final int MAX_EVENT_WORDS = HEAD_WORDS + TraceKind.MAX_FIELDS;

  private final long[] words;
  private int end;
  private int position;

  /**
   * @param sizeWords how many words of 64 bits there are; an event takes 4 and one for each field
   */
  public EventBatch(int sizeWords) {
    if (sizeWords < MAX_EVENT_WORDS) {
      throw new IllegalArgumentException("no room for an event: " + sizeWords);
    }
    this.words = new long[sizeWords];
  }

  /** Makes it empty. */
  public void clear() {
    end = 0;
    position = 0;
  }

  /** Whether there is room for one more event of any kind. */
  public boolean hasRoom() {
    return end <= words.length - MAX_EVENT_WORDS;
  }

  /** Adds a copy of an event. */
  public void add(TraceEvent event) {
    long[] from = event.words();
    TraceKind kind = event.kind();
    int at = end;
    words[at] = (long) event.vcpu() << 32 | kind.index();
    words[at + 1] = from[TraceEvent.SEQUENCE];
    words[at + 2] = from[TraceEvent.TIME];
    words[at + 3] = from[TraceEvent.THREAD];
    at += HEAD_WORDS;
    int fields = kind.fieldCount();
    for (int i = 0; i < fields; i++) {
      words[at + i] = from[TraceEvent.FIRST_FIELD + i];
    }
    end = at + fields;
  }

  /**
   * Takes the next event out.
   *
   * @param into becomes equal to it
   * @return whether there was one
   */
  public boolean next(TraceEvent into) {
    if (position == end) {
      return false;
    }
    int at = position;
    TraceKind kind = TraceKind.at((int) words[at]);
    into.filled(kind, words, at + HEAD_WORDS);
    into.attribute(words[at + 2], (int) (words[at] >>> 32), words[at + 3]);
    into.sequence(words[at + 1]);
    position = at + HEAD_WORDS + kind.fieldCount();
    return true;
  }
}
