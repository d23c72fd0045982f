package org.xivebench.replay.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The kinds of damage that recordings come with, each made of the same sound recording: what {@link
 * ReadMode#STRICT} says, and what {@link ReadMode#SALVAGE} gets out.
 */
class DamagedRecordingTest {
  private static final int CHUNK_SIZE = 8;
  private static final int CONSTANTS = 16;
  private static final int METADATA = 24;
  private static final int TICKS_PER_SECOND = 56;
  private static final int EVENTS = 10_894;

  /** Where the sample's metadata and its largest checkpoint lie. */
  private static final int METADATA_POSITION = 538_824;

  private static final int CHECKPOINT_POSITION = 443_000;

  @TempDir Path folder;

  private static byte[] sound() throws IOException {
    return Samples.kafkaProducer();
  }

  private static byte[] withLong(int at, long value) throws IOException {
    byte[] bytes = sound();
    Bytes.setLong(bytes, at, value);
    return bytes;
  }

  private static byte[] withRandom(int at, int count) throws IOException {
    byte[] bytes = sound();
    byte[] noise = new byte[count];
    new Random(7).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, at, count);
    return bytes;
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  private static byte[] noise(int count) {
    byte[] noise = new byte[count];
    new Random(11).nextBytes(noise);
    return noise;
  }

  /**
   * Name; bytes; what strict reading says, or null when it reads all; events in salvage, or -1 when
   * that refuses, too; number of losses.
   */
  static Stream<Arguments> damage() throws IOException {
    byte[] sound = sound();
    byte[] badMagic = sound();
    badMagic[0] = 'X';
    byte[] badVersion = sound();
    badVersion[5] = 99;
    byte[] hole = sound();
    Arrays.fill(hole, 150_000, 150_064, (byte) 0);
    byte[] text = "no recording at all\n".repeat(4).getBytes(StandardCharsets.UTF_8);
    int size = sound.length;
    return Stream.of(
        Arguments.of("sound", sound, null, EVENTS, 0),
        Arguments.of("gzip", Samples.packed("kafka-producer-jdk17.jfr.gz"), null, EVENTS, 0),
        Arguments.of("two chunks", join(sound, sound), null, 2 * EVENTS, 0),
        Arguments.of("killed, 17", Samples.killedJdk17(), null, 1_732, 0),
        Arguments.of("killed, 25", Samples.killedJdk25(), null, 1_767, 0),
        Arguments.of("empty", new byte[0], "it is empty", -1, 0),
        Arguments.of("text", text, "does not begin with 'FLR'", -1, 0),
        Arguments.of("magic", badMagic, "does not begin with 'FLR'", EVENTS, 1),
        Arguments.of("version", badVersion, "unknown format version 99.1", EVENTS, 1),
        Arguments.of(
            "cut in header", Arrays.copyOf(sound, 40), "byte 0: the header is cut off", -1, 0),
        Arguments.of(
            "half",
            Arrays.copyOf(sound, size / 2),
            "chunk 1, byte 0: the header gives a size of 634526 bytes, but the recording ends",
            0,
            3),
        Arguments.of(
            "last byte", Arrays.copyOf(sound, size - 1), "recording ends after 634525", EVENTS, 3),
        Arguments.of("size zero", withLong(CHUNK_SIZE, 0), "gives no size", EVENTS, 1),
        Arguments.of(
            "size too big", withLong(CHUNK_SIZE, size + 1_000_000), "a size of 1634526", EVENTS, 1),
        Arguments.of("size negative", withLong(CHUNK_SIZE, -5), "a size of -5 bytes", EVENTS, 1),
        Arguments.of(
            "size huge", withLong(CHUNK_SIZE, Long.MAX_VALUE), "recording ends", EVENTS, 1),
        Arguments.of(
            "metadata past end",
            withLong(METADATA, 4L * size),
            "places the metadata at byte 2538104",
            EVENTS,
            2),
        Arguments.of(
            "constants off", withLong(CONSTANTS, 538_159), "no checkpoint here", EVENTS, 1),
        Arguments.of("ticks zero", withLong(TICKS_PER_SECOND, 0), "0 ticks a second", EVENTS, 1),
        Arguments.of(
            "metadata overwritten",
            withRandom(METADATA_POSITION + 2_000, 50),
            "chunk 1, byte 54",
            0,
            2),
        Arguments.of(
            "constants overwritten",
            withRandom(CHECKPOINT_POSITION, 200),
            "chunk 1, byte 443",
            EVENTS,
            1),
        Arguments.of("hole in events", hole, "chunk 1, byte 1", EVENTS - 6, 1),
        Arguments.of(
            "garbage behind",
            join(sound, noise(5_000)),
            "byte 634526: no chunk begins here",
            EVENTS,
            1),
        Arguments.of(
            "second chunk cut",
            join(sound, Arrays.copyOf(sound, size / 3)),
            "chunk 2, byte 634526: the header gives a size of 634526 bytes",
            20_367,
            4));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damage")
  void recording_damaged_isRefusedOrSalvaged(
      String name, byte[] bytes, String refusal, int salvaged, int losses) throws IOException {
    Path file = folder.resolve("damaged.jfr");
    Files.write(file, bytes);
    try (JfrReader reader = JfrReader.open(file)) {
      assertEquals(refusal == null ? "read" : "refused", outcome(reader, refusal));
    }
    assertSalvage(JfrReader.open(file, ReadMode.SALVAGE), salvaged, losses);
    assertSalvage(
        JfrReader.open(new ByteArrayInputStream(bytes), "stream", ReadMode.SALVAGE),
        salvaged,
        losses);
  }

  @Test
  void recordsBehindTheLastFlush_ofAKilledJdk17_areSalvaged() throws IOException {
    assertSalvagesBehindFlush(Samples.killedJdk17(), 1_732);
  }

  @Test
  void recordsBehindTheLastFlush_ofAKilledJdk25_areSalvaged() throws IOException {
    assertSalvagesBehindFlush(Samples.killedJdk25(), 1_767);
  }

  private static void assertSalvagesBehindFlush(byte[] killed, int flushed) throws IOException {
    int from;
    int to = 0;
    try (JfrReader reader =
        JfrReader.open(new ByteArrayInputStream(killed), "killed", ReadMode.STRICT)) {
      EventCursor all = reader.select(type -> true);
      reader.next();
      from = (int) all.position();
      for (int i = 0; i < 10; i++) {
        assertEquals(i == 0 ? from : to, all.position(), "the events do not follow each other");
        to = (int) all.position() + all.sizeBytes();
        reader.next();
      }
    }
    byte[] longer = join(killed, Arrays.copyOfRange(killed, from, to));
    assertSalvage(
        JfrReader.open(new ByteArrayInputStream(longer), "killed", ReadMode.SALVAGE),
        flushed + 10,
        1);
  }

  private static String outcome(JfrReader reader, String refusal) throws IOException {
    try {
      EventExpander.expandAll(reader);
      return "read";
    } catch (RecordingException e) {
      assertTrue(e.getMessage().startsWith(reader.name() + ": "), e.getMessage());
      return refusal != null && e.getMessage().contains(refusal)
          ? "refused"
          : "refused: " + e.getMessage();
    }
  }

  private static void assertSalvage(JfrReader salvaging, int events, int losses)
      throws IOException {
    try (JfrReader reader = salvaging) {
      long read;
      try {
        read = EventExpander.expandAll(reader);
      } catch (RecordingException e) {
        read = -1;
      }
      assertEquals(events, read, () -> reader.losses().toString());
      assertEquals(losses, reader.lossCount(), () -> reader.losses().toString());
    }
  }
}
