package org.xivebench.replay.engine;

import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.xivebench.replay.trace.EventBatch;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;

/**
 * Reads a trace ahead by a thread of its own, some 30,000 events at most, so that decoding and
 * checking of the file goes on beside what is done with the events.
 */
public final class AheadEvents implements TraceEvents {
  /** 128 KiB: about two thousand events, so that a thread is seldom woken. */
  private static final int BATCH_WORDS = 1 << 14;

  private static final int BATCHES = 16;

  /** Some events, and what came after them. */
  private static final class Batch {
    private final EventBatch events = new EventBatch(BATCH_WORDS);
    private boolean last;
    private IOException failure;
    private RuntimeException broken;
  }

  private final TraceEvents source;
  private final BlockingQueue<Batch> filled = new ArrayBlockingQueue<>(BATCHES);
  private final BlockingQueue<Batch> empty = new ArrayBlockingQueue<>(BATCHES);
  private final Thread reader = new Thread(this::readAll, "trace-reader");
  private final EventBatch.Taker taker = new EventBatch.Taker();
  private Batch current;

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
    EventBatch.Filler filler = new EventBatch.Filler();
    try {
      Batch batch;
      do {
        batch = empty.take();
        filler.begin(batch.events);
        fill(batch, filler);
        filler.finish();
        filled.put(batch);
      } while (!batch.last);
    } catch (InterruptedException e) {
      // The consumer has closed before the end.
    }
  }

  private void fill(Batch batch, EventBatch.Filler filler) {
    try {
      while (filler.hasRoom()) {
        if (!source.next(filler.room())) {
          batch.last = true;
          return;
        }
        filler.add();
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

  @Override
  public TraceEvent next() throws IOException {
    TraceEvent event;
    while ((event = taker.next()) == null) {
      if (!nextBatch()) {
        return null;
      }
    }
    return event;
  }

  private boolean nextBatch() throws IOException {
    if (current != null) {
      if (current.failure != null) {
        throw current.failure;
      }
      if (current.broken != null) {
        throw current.broken;
      }
      if (current.last) {
        return false;
      }
      empty.add(current);
    }
    try {
      current = filled.take();
      taker.begin(current.events);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading a trace", e);
    }
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
