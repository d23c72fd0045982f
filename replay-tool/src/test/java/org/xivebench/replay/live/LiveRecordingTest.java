package org.xivebench.replay.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Name;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;

/** Live recordings, of the JVM that runs the test. */
@Timeout(60)
class LiveRecordingTest {
  @Name("org.xivebench.test.Mark")
  static final class MarkEvent extends Event {
    int number;
  }

  private static LiveRecording startHere() throws IOException {
    return LiveRecording.start(
        "this JVM",
        () -> {},
        ManagementFactory.getPlatformMBeanServer(),
        "default",
        Duration.ofMinutes(1));
  }

  private static void mark(int number) {
    MarkEvent mark = new MarkEvent();
    mark.number = number;
    mark.commit();
  }

  private static long marksIn(LiveRecording live) throws IOException {
    long sum = 0;
    try (InputStream in = live.snapshot();
        JfrReader reader = JfrReader.open(in, live.target(), ReadMode.STRICT)) {
      EventCursor marks = reader.select("org.xivebench.test.Mark", "number");
      while (reader.next() != null) {
        sum += marks.getInt(0);
      }
    }
    return sum;
  }

  @Test
  void snapshot_holdsWhatHappenedSoFar() throws IOException {
    try (LiveRecording live = startHere()) {
      mark(1);
      assertEquals(1, marksIn(live));
      mark(10);
      assertEquals(11, marksIn(live));
    }
  }

  @Test
  void close_leavesNoRecordingBehind() throws IOException {
    int before = FlightRecorder.getFlightRecorder().getRecordings().size();
    try (LiveRecording live = startHere()) {
      mark(1);
      assertEquals(1, marksIn(live));
    }
    assertEquals(before, FlightRecorder.getFlightRecorder().getRecordings().size());
  }

  @Test
  void unknownSettings_areUsage() {
    int before = FlightRecorder.getFlightRecorder().getRecordings().size();
    UsageException e =
        assertThrows(
            UsageException.class,
            () ->
                LiveRecording.start(
                    "this JVM",
                    () -> {},
                    ManagementFactory.getPlatformMBeanServer(),
                    "nonsense",
                    Duration.ofMinutes(1)));
    assertTrue(e.getMessage().contains("nonsense"), e.getMessage());
    assertEquals(before, FlightRecorder.getFlightRecorder().getRecordings().size());
  }

  @Test
  void targets_thatAreNone_areUsage() {
    for (String target : new String[] {"x", "", "999999999", "127.0.0.1:1"}) {
      UsageException e =
          assertThrows(
              UsageException.class,
              () -> LiveRecording.start(target, "default", Duration.ofMinutes(1)),
              target);
      assertTrue(e.getMessage().startsWith(target + ": "), e.getMessage());
    }
  }
}
