package org.xivebench.replay.engine;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;

/**
 * Reads a trace ahead by a thread of its own, some thousand events at most, so that decoding and
 * checking of the file goes on beside what is done with the events.
 */
public final class AheadEvents implements TraceEvents {
  private static final int BATCH_EVENTS = 1024;
  private static final int BATCHES = 4;

  /** Some events, and what came after them. */
  private static final class Batch {
    private final TraceEvent[] events = new TraceEvent[BATCH_EVENTS];
    private int size;
    private boolean last;
    private IOException failure;
    private RuntimeException broken;

    Batch() {
      for (int i = 0; i < BATCH_EVENTS; i++) {
        events[i] = new TraceEvent();
      }
    }
  }

  private final TraceEvents source;
  private final BlockingQueue<Batch> filled = new ArrayBlockingQueue<>(BATCHES);
  private final BlockingQueue<Batch> empty = new ArrayBlockingQueue<>(BATCHES);
  private final Thread reader = new Thread(this::readAll, "trace-reader");
  private Batch current;
  private int position;

  /** Begins to read. The source is this object's from now on. */
  public AheadEvents(TraceEvents source) {
    this.source = source;
    for (int i = 0; i < BATCHES; i++) {
      empty.add(new Batch());
    }
    reader.setDaemon(true);
    reader.start();
  }

  private void readAll() {
    try {
      Batch batch;
      do {
        batch = empty.take();
        fill(batch);
        filled.put(batch);
      } while (!batch.last);
    } catch (InterruptedException e) {
      // The consumer has closed before the end.
    }
  }

  private void fill(Batch batch) {
    batch.size = 0;
    try {
      while (batch.size < BATCH_EVENTS) {
        if (!source.next(batch.events[batch.size])) {
          batch.last = true;
          return;
        }
        batch.size++;
      }
    } catch (IOException e) {
      batch.failure = e;
      batch.last = true;
    } catch (RuntimeException e) {
      batch.broken = e;
      batch.last = true;
    }
  }

  @Override
  public TraceHeader header() {
    return source.header();
  }

  /** The same object again after some thousand events. */
  @Override
  public TraceEvent next() throws IOException {
    while (current == null || position == current.size) {
      if (current != null && current.last) {
        if (current.failure != null) {
          throw current.failure;
        }
        if (current.broken != null) {
          throw current.broken;
        }
        return null;
      }
      if (current != null) {
        empty.add(current);
      }
      try {
        current = filled.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while reading a trace", e);
      }
      position = 0;
    }
    return current.events[position++];
  }

  /** Stops reading, and closes the source when the reader has stopped. */
  @Override
  public void close() throws IOException {
    reader.interrupt();
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    source.close();
  }
}
