package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.replay.trace.EventBatch;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;

/** Events that another thread reads come as they are, and so does what stops it. */
@Timeout(60)
final class AheadEventsTest {
  /** A trace of so many events of all kinds, and then whatever is thrown. */
  private static final class Events implements TraceEvents {
    private final int count;
    private final Exception atEnd;
    private final TraceEvent event = new TraceEvent();
    private int given;
    private boolean closed;

    Events(int count, Exception atEnd) {
      this.count = count;
      this.atEnd = atEnd;
    }

    @Override
    public TraceHeader header() {
      return TraceHeader.of(TraceMode.XIVE, "a test", List.of(0), List.of());
    }

    @Override
    public TraceEvent next() throws IOException {
      if (given == count) {
        if (atEnd instanceof IOException failure) {
          throw failure;
        }
        if (atEnd instanceof RuntimeException broken) {
          throw broken;
        }
        return null;
      }
      return fill(event, given++);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static TraceEvent fill(TraceEvent event, int number) {
    TraceKind kind = TraceKind.all().get(number % TraceKind.all().size());
    TraceEvent filled = event.begin(kind, -number, number % 3 - 1, ~number);
    for (TraceField field : kind.fields()) {
      TraceEvent unused = filled.set(field, number * 0x1_0000_0001L);
    }
    return filled;
  }

  @Test
  void moreEventsThanAreReadAhead_comeAsTheyAre() throws IOException {
    int count = 100_000;
    Events source = new Events(count, null);
    TraceEvent expected = new TraceEvent();
    try (AheadEvents ahead = new AheadEvents(source)) {
      for (int i = 0; i < count; i++) {
        TraceEvent got = ahead.next();
        assertTrue(got.sameContent(fill(expected, i)), "event " + i);
        assertEquals(expected.timeNanos(), got.timeNanos());
        assertEquals(expected.vcpu(), got.vcpu());
        assertEquals(expected.thread(), got.thread());
      }
      assertNull(ahead.next());
      assertNull(ahead.next());
    }
    assertTrue(source.closed);
  }

  @Test
  void failure_comesAfterTheEventsBeforeIt() throws IOException {
    IOException failure = new IOException("damaged");
    try (AheadEvents ahead = new AheadEvents(new Events(1500, failure))) {
      for (int i = 0; i < 1500; i++) {
        assertEquals(-i, ahead.next().timeNanos());
      }
      assertSame(failure, assertThrows(IOException.class, ahead::next));
    }
  }

  @Test
  void programmingError_comesAfterTheEventsBeforeIt() throws IOException {
    RuntimeException broken = new IllegalStateException("broken");
    try (AheadEvents ahead = new AheadEvents(new Events(1, broken))) {
      assertEquals(0, ahead.next().timeNanos());
      assertSame(broken, assertThrows(IllegalStateException.class, ahead::next));
    }
  }

  @Test
  void closedEarly_closesTheSource() throws IOException {
    Events source = new Events(Integer.MAX_VALUE, null);
    try (AheadEvents ahead = new AheadEvents(source)) {
      assertEquals(0, ahead.next().timeNanos());
    }
    assertTrue(source.closed);
  }

  @Test
  void batch_takesAnotherEventOnlyWhereTheLargestFits() {
    EventBatch batch = new EventBatch(13);
    EventBatch.Filler filler = new EventBatch.Filler();
    EventBatch.Taker taker = new EventBatch.Taker();
    assertNull(taker.next());
    filler.begin(batch);
    assertTrue(filler.hasRoom());
    TraceEvent unusedFilled = fill(filler.room(), 7);
    filler.add();
    assertFalse(filler.hasRoom());
    filler.finish();
    taker.begin(batch);
    assertEquals(fill(new TraceEvent(), 7).toString(), taker.next().toString());
    assertNull(taker.next());
    filler.begin(batch);
    assertTrue(filler.hasRoom());
    filler.finish();
    taker.begin(batch);
    assertNull(taker.next());
  }
}
