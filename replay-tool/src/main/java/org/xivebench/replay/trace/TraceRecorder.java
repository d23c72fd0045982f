package org.xivebench.replay.trace;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Records a run of many threads as it happens. An operation and what it causes are done and
 * numbered under one lock, which costs time and makes the trace exactly replayable: the order of
 * its numbers is the order in which things happened. A thread waits when another is in its turn; no
 * event is dropped.
 *
 * <pre>{@code
 * try (TraceRecorder.Turn turn = recorder.turn(vcpu)) {
 *   TraceEvent load = turn.begin(TraceKind.ESB_LOAD).set(SOURCE, source).set(ESB_OFFSET, offset);
 *   turn.append(load.set(VALUE, esb.load(offset)));
 * }
 * }</pre>
 *
 * <p>Lock order: the recorder's lock is taken outside the locks of the controller. A thread that
 * has a turn may take another inside; it then continues in the outer one.
 */
public final class TraceRecorder implements Closeable {
  private static final long PATIENCE_MICROS = 50;

  private final ReentrantLock lock = new ReentrantLock();
  private final Clock clock;

  @GuardedBy("lock")
  private final TraceWriter writer;

  @GuardedBy("lock")
  private IOException failure;

  /** Records into a writer, with the system's time. */
  public TraceRecorder(TraceWriter writer) {
    this(writer, Clock.systemUTC());
  }

  /** Records into a writer, with the times of a clock. */
  public TraceRecorder(TraceWriter writer, Clock clock) {
    this.writer = writer;
    this.clock = clock;
  }

  /**
   * Waits for this thread's turn and begins it.
   *
   * @param vcpu index of the vCPU whose thread this is, or {@link TraceEvent#NO_VCPU}
   */
  public Turn turn(int vcpu) {
    lock.lock();
    return new Turn(vcpu);
  }

  /**
   * Waits a moment for this thread's turn.
   *
   * @return null if it did not come: the thread may have something else to look at first
   */
  public Turn tryTurn(int vcpu) {
    try {
      return lock.tryLock(PATIENCE_MICROS, TimeUnit.MICROSECONDS) ? new Turn(vcpu) : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  /** Completes the trace. */
  public void end() throws IOException {
    lock.lock();
    try {
      throwFailure();
      writer.end();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Closes the writer.
   *
   * @throws IOException if that fails, or if an event could not be written before
   */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      writer.close();
      throwFailure();
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void throwFailure() throws IOException {
    if (failure != null) {
      throw new IOException("the recording could not be written: " + failure.getMessage(), failure);
    }
  }

  private void write(TraceEvent event) {
    lock.lock();
    try {
      if (failure == null) {
        writer.append(event);
      }
    } catch (IOException e) {
      // The operation itself went well and must not fail for this; end and close tell.
      failure = e;
    } finally {
      lock.unlock();
    }
  }

  private long nanos() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /** A stretch of time in which no other thread's operation is recorded, or happens. */
  public final class Turn implements AutoCloseable {
    private final TraceEvent event = new TraceEvent();
    private final int vcpu;

    private Turn(int vcpu) {
      this.vcpu = vcpu;
    }

    /** Returns an event of a kind to be filled: the same object each time. */
    public TraceEvent begin(TraceKind kind) {
      return event.begin(kind, nanos(), vcpu, Thread.currentThread().getId());
    }

    /** Numbers an event and records it. */
    public void append(TraceEvent filled) {
      write(filled);
    }

    /** Ends the turn. */
    @Override
    public void close() {
      lock.unlock();
    }
  }
}
