package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording has of locks. */
class LockEventsTest {
  private static final String HOLD = "org.xivebench.LockHold";
  private static final String WAIT = "org.xivebench.LockWait";
  private static final LockClass CLASS = LockClass.of("test->lock", 1);

  @TempDir Path folder;

  @Test
  void hold_isRecordedWithItsLock_howeverItWasTaken() throws IOException {
    Mutex mutex = new Mutex(CLASS, "test0->lock");
    try (Recording recording = new Recording()) {
      recording.enable(HOLD);
      recording.start();
      mutex.lock();
      mutex.unlock();
      assertTrue(mutex.tryLock());
      mutex.unlock();
      assertTrue(mutex.tryLock(1_000_000_000));
      mutex.unlock();

      List<RecordedEvent> holds = events(recording, HOLD);
      assertEquals(3, holds.size());
      for (RecordedEvent hold : holds) {
        assertEquals("test0->lock", hold.getString("lock"));
        assertEquals("test->lock", hold.getString("lockClass"));
        assertEquals(Thread.currentThread().getName(), hold.getThread().getJavaName());
      }
    }
  }

  @Test
  void hold_belowTheThreshold_isNotRecorded() throws IOException {
    Mutex mutex = new Mutex(CLASS, "test0->lock");
    try (Recording recording = new Recording()) {
      recording.enable(HOLD).withThreshold(Duration.ofHours(1));
      recording.start();
      mutex.lock();
      mutex.unlock();

      assertEquals(List.of(), events(recording, HOLD));
    }
  }

  @Test
  void hold_thatBeganBeforeTheRecording_isNotRecorded() throws IOException {
    Mutex mutex = new Mutex(CLASS, "test0->lock");
    mutex.lock();
    try (Recording recording = new Recording()) {
      recording.enable(HOLD);
      recording.start();
      mutex.unlock();

      assertEquals(List.of(), events(recording, HOLD));
    }
    assertFalse(mutex.isHeldByCurrentThread());
  }

  @Test
  @Timeout(30)
  void wait_liesInTheHoldThatItWaitedFor() throws IOException, InterruptedException {
    Mutex mutex = new Mutex(CLASS, "test0->lock");
    try (Recording recording = new Recording()) {
      recording.enable(HOLD);
      recording.enable(WAIT);
      recording.start();
      CountDownLatch started = new CountDownLatch(1);
      Thread waiter =
          new Thread(
              () -> {
                started.countDown();
                mutex.lock();
                mutex.unlock();
              },
              "waiter");
      mutex.lock();
      waiter.start();
      started.await();
      while (waiter.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      mutex.unlock();
      waiter.join();

      RecordedEvent wait = events(recording, WAIT).get(0);
      assertEquals(Thread.currentThread().getName(), wait.getString("heldBy"));
      RecordedEvent held = holdBy(Thread.currentThread(), recording);
      RecordedEvent after = holdBy(waiter, recording);
      assertFalse(held.getStartTime().isAfter(wait.getStartTime()));
      assertFalse(held.getEndTime().isBefore(wait.getStartTime()));
      assertFalse(after.getStartTime().isBefore(wait.getEndTime()));
    }
  }

  private RecordedEvent holdBy(Thread thread, Recording recording) throws IOException {
    return events(recording, HOLD).stream()
        .filter(hold -> hold.getThread().getJavaName().equals(thread.getName()))
        .findFirst()
        .orElseThrow();
  }

  /** The events of a type so far. */
  private List<RecordedEvent> events(Recording recording, String type) throws IOException {
    Path file = folder.resolve("r.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getEventType().getName().equals(type))
        .toList();
  }
}
