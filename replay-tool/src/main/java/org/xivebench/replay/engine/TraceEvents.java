package org.xivebench.replay.engine;

import java.io.Closeable;
import java.io.IOException;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceReader;

/** The events of a trace, once through. */
public interface TraceEvents extends Closeable {
  /** What the trace says of the machine. */
  TraceHeader header();

  /**
   * Returns the next event, in an object that the next call may fill anew; null at the end.
   *
   * @throws IOException if the trace cannot be read on
   */
  TraceEvent next() throws IOException;

  /**
   * The same, into an object of the caller's.
   *
   * @return whether there was a next event
   */
  default boolean next(TraceEvent into) throws IOException {
    TraceEvent event = next();
    if (event == null) {
      return false;
    }
    TraceEvent unusedCopy = into.copyFrom(event);
    return true;
  }

  /** Opens a trace from its beginning. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens it.
     *
     * @throws IOException if it cannot be read
     */
    TraceEvents open() throws IOException;
  }

  /** The events that a reader gives. */
  static TraceEvents of(TraceReader reader) {
    return new TraceEvents() {
      @Override
      public TraceHeader header() {
        return reader.header();
      }

      @Override
      public TraceEvent next() throws IOException {
        return reader.next();
      }

      @Override
      public boolean next(TraceEvent into) throws IOException {
        return reader.next(into);
      }

      @Override
      public void close() throws IOException {
        reader.close();
      }
    };
  }
}
