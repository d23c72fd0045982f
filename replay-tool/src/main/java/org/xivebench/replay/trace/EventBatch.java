package org.xivebench.replay.trace;

/**
 * Some events in a row, packed into one array: what one thread hands to another. Events as objects
 * would lie in as many places of memory, each of which the other processor has to ask for. So they
 * are made where they lie, and read there.
 *
 * <p>How far a thread has come is in an object of the thread's own, its {@link Filler} or its
 * {@link Taker}. It changes with each event; in the batch it could lie in one line of the cache
 * with that of the other thread, in the batch beside it.
 */
public final class EventBatch {
  private final long[] words;
  private int end;

  /**
   * @param sizeWords how many words of 64 bits there are; an event takes 4 and one for each field
   */
  public EventBatch(int sizeWords) {
    if (sizeWords < TraceEvent.MAX_WORDS) {
      throw new IllegalArgumentException("no room for an event: " + sizeWords);
    }
    words = new long[sizeWords];
  }

  /** Fills batches, one after the other. */
  public static final class Filler {
    private final TraceEvent room = new TraceEvent();
    private EventBatch batch;
    private int end;

    /** Begins a batch, which becomes empty. */
    public void begin(EventBatch newBatch) {
      batch = newBatch;
      end = 0;
      room.moveTo(newBatch.words, 0);
    }

    /** Whether there is room for one more event of any kind. */
    public boolean hasRoom() {
      return end <= batch.words.length - TraceEvent.MAX_WORDS;
    }

    /** An event to be filled, always the same object; it is in the batch when it is added. */
    public TraceEvent room() {
      room.moveTo(end);
      return room;
    }

    /** Adds what has been made of {@link #room}. */
    public void add() {
      end += room.length();
    }

    /** Ends the batch: it has what was added. */
    public void finish() {
      batch.end = end;
    }
  }

  /** Takes the events out of batches, one after the other. */
  public static final class Taker {
    private final TraceEvent shown = new TraceEvent();
    private int position;
    private int end;

    /** Goes to the first event of a batch. */
    public void begin(EventBatch batch) {
      position = 0;
      end = batch.end;
      shown.moveTo(batch.words, 0);
    }

    /**
     * Takes the next event out.
     *
     * @return the event, in an object that the next call moves on; null if there was none
     */
    public TraceEvent next() {
      if (position == end) {
        return null;
      }
      shown.moveTo(position);
      position += shown.length();
      return shown;
    }
  }
}
