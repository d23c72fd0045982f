package org.xivebench.replay.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever the bytes are, reading ends, with events or with a {@link RecordingException} and
 * nothing else. Seeds are in the messages.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES) // a hang is the failure looked for
class RecordingFuzzTest {
  private static final int EVENTS = 60;

  /** Two chunks, every kind of field. */
  private static byte[] small() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int part = 0; part < 2; part++) {
      try (JfrWriter writer = JfrWriter.to(bytes)) {
        EventEncoder event =
            writer.declare(
                EventDeclaration.named("org.example.Sample")
                    .label("Sample")
                    .withDuration()
                    .withThread()
                    .field("number", FieldType.INT)
                    .field("text", FieldType.STRING)
                    .field("real", FieldType.DOUBLE));
        int thread = writer.thread("os", 1, "java", 2);
        for (int i = 0; i < EVENTS / 2; i++) {
          event
              .begin(1_000_000_000L * i, 7, thread)
              .putInt(i)
              .putString("text " + i % 5)
              .putDouble(i)
              .commit();
        }
        writer.finish();
      }
    }
    return bytes.toByteArray();
  }

  /** Reads everything; returns the number of events, or -1 when the recording is refused. */
  private static long read(byte[] bytes, ReadMode mode) throws IOException {
    try (JfrReader reader = JfrReader.open(new ByteArrayInputStream(bytes), "fuzz", mode)) {
      return EventExpander.expandAll(reader);
    } catch (RecordingException e) {
      assertTrue(e.getMessage().startsWith("fuzz: "), e.getMessage());
      return -1;
    }
  }

  @Test
  void prefix_ofEveryLength_isRefusedOrSalvagedInPart() throws IOException {
    byte[] whole = small();
    int firstChunk = (int) Bytes.getLong(whole, 8);
    long before = -1;
    for (int length = 0; length < whole.length; length++) {
      byte[] prefix = Arrays.copyOf(whole, length);
      assertEquals(
          length == firstChunk ? EVENTS / 2 : -1, read(prefix, ReadMode.STRICT), "at " + length);
      long salvaged = read(prefix, ReadMode.SALVAGE);
      if (length >= firstChunk) {
        assertTrue(salvaged >= EVENTS / 2, length + " bytes gave " + salvaged);
        assertTrue(
            salvaged >= before,
            length + " bytes gave " + salvaged + " events, one less gave " + before);
        before = salvaged;
      }
    }
    assertEquals(EVENTS, read(whole, ReadMode.STRICT));
  }

  @ParameterizedTest
  @EnumSource(ReadMode.class)
  void smallRecording_withFlippedBits_endsInOrder(ReadMode mode) throws IOException {
    byte[] whole = small();
    for (long seed = 0; seed < 1_500; seed++) {
      assertEndsInOrder(whole, seed, mode);
    }
  }

  @ParameterizedTest
  @EnumSource(ReadMode.class)
  void recordingOfAJvm_withFlippedBits_endsInOrder(ReadMode mode) throws IOException {
    byte[] whole = Samples.killedJdk17();
    for (long seed = 0; seed < 25; seed++) {
      assertEndsInOrder(whole, seed, mode);
    }
  }

  private static void assertEndsInOrder(byte[] whole, long seed, ReadMode mode) throws IOException {
    Random random = new Random(seed);
    byte[] flipped = whole.clone();
    int flips = 1 + random.nextInt(1 << random.nextInt(8));
    for (int i = 0; i < flips; i++) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    try {
      read(flipped, mode);
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  @ParameterizedTest
  @EnumSource(ReadMode.class)
  void smallRecording_withBytesCutOutAndRepeated_endsInOrder(ReadMode mode) throws IOException {
    byte[] whole = small();
    for (long seed = 0; seed < 700; seed++) {
      Random random = new Random(seed);
      int from = random.nextInt(whole.length);
      int to = random.nextInt(whole.length);
      byte[] shuffled = new byte[from + whole.length - to];
      System.arraycopy(whole, 0, shuffled, 0, from);
      System.arraycopy(whole, to, shuffled, from, whole.length - to);
      try {
        read(shuffled, mode);
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
