package org.xivebench.replay.jfr;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * The kinds of damage that recordings come with, by name, each done to the sample of a Kafka
 * producer; and what looks like damage but is none.
 */
public final class BrokenRecordings {
  private static final long LATER_NANOS = 1_763_800_834_360_000_000L;

  private static final int MAJOR_VERSION = 5;
  private static final int MINOR_VERSION = 7;
  private static final int CHUNK_SIZE = 8;
  private static final int CONSTANTS = 16;
  private static final int METADATA = 24;
  private static final int TICKS_PER_SECOND = 56;

  /** Where the sample's metadata and its largest checkpoint lie. */
  private static final int METADATA_POSITION = 538_824;

  private static final int CHECKPOINT_POSITION = 443_000;

  private BrokenRecordings() {}

  /** The sound recording that the others are made of: 10,894 events. */
  public static byte[] sound() throws IOException {
    return Samples.kafkaProducer();
  }

  /** All of them. */
  public static Map<String, byte[]> all() throws IOException {
    byte[] sound = sound();
    int size = sound.length;
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("zero-length", new byte[0]);
    files.put("text-renamed", "This is no recording, whatever its name says.\n".getBytes(UTF_8));
    files.put("gzipped-but-named", Samples.packed("kafka-producer-jdk17.jfr.gz"));
    files.put("two-chunks-concatenated-VALID", join(sound, sound));
    files.put("crashed-repository-chunk-jdk17", Samples.killedJdk17());
    files.put("crashed-repository-chunk-jdk25", Samples.killedJdk25());
    files.put("bad-magic", with(sound, 0, 'X'));
    files.put("bad-version", with(sound, MAJOR_VERSION, 99));
    files.put("truncated-in-header", Arrays.copyOf(sound, 40));
    files.put("truncated-mid-chunk", Arrays.copyOf(sound, size / 2));
    files.put("truncated-last-byte", Arrays.copyOf(sound, size - 1));
    files.put("header-chunk-size-zero", withLong(sound, CHUNK_SIZE, 0));
    files.put("header-chunk-size-too-big", withLong(sound, CHUNK_SIZE, size + 1_000_000L));
    files.put("header-cp-offset-off", withLong(sound, CONSTANTS, 538_159));
    files.put("header-metadata-offset-past-end", withLong(sound, METADATA, 4L * size));
    files.put("header-ticks-per-second-zero", withLong(sound, TICKS_PER_SECOND, 0));
    files.put("constant-pool-corrupted", withNoise(sound, CHECKPOINT_POSITION, 200));
    files.put("metadata-corrupted", withNoise(sound, METADATA_POSITION + 2_000, 50));
    byte[] hole = sound.clone();
    Arrays.fill(hole, 150_000, 150_064, (byte) 0);
    files.put("zero-hole-in-events", hole);
    files.put("bit-flips-300", withFlips(sound, 300));
    files.put("good-then-garbage-tail", join(sound, noise(5_000)));
    files.put("newer-minor-version", with(sound, MINOR_VERSION, 7));
    files.put("newer-major-version", with(sound, MAJOR_VERSION, 3));
    files.put("unknown-event-types", unknownTypes(1_000));
    files.put("zero-events", unknownTypes(0));
    files.put(
        "clock-goes-back", join(startingAt(LATER_NANOS), startingAt(LATER_NANOS - 5_000_000_000L)));
    files.put("good-then-truncated-second-chunk", join(sound, Arrays.copyOf(sound, size / 3)));
    return files;
  }

  /** Events of types that nobody knows, with fields of every kind. */
  private static byte[] unknownTypes(int events) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JfrWriter writer = JfrWriter.to(out)) {
      EventDeclaration type = EventDeclaration.named("org.example.Future").withDuration();
      for (FieldType field : FieldType.values()) {
        type = type.field("a" + field.name().toLowerCase(Locale.ROOT), field);
      }
      EventEncoder event = writer.declare(type);
      for (int i = 0; i < events; i++) {
        event.begin(LATER_NANOS + i, 1_000, 0);
        for (FieldType field : FieldType.values()) {
          put(event, field, i);
        }
        event.commit();
      }
      writer.finish();
    }
    return out.toByteArray();
  }

  private static void put(EventEncoder event, FieldType field, int value) {
    switch (field) {
      case BOOLEAN -> event.putBoolean(value % 2 == 0);
      case BYTE -> event.putByte(value);
      case SHORT -> event.putShort(value);
      case CHAR -> event.putChar((char) value);
      case INT -> event.putInt(value);
      case LONG -> event.putLong(value);
      case FLOAT -> event.putFloat(value);
      case DOUBLE -> event.putDouble(value);
      case STRING -> event.putString("text " + value);
      case TEXT -> event.putText("text " + value);
      case THREAD -> event.putThread(0);
      default -> throw new IllegalArgumentException("no value for " + field);
    }
  }

  /** Two recordings one after the other. */
  public static byte[] join(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  /** The sample, but it begins at another time, its clock and all. */
  public static byte[] startingAt(long epochNanos) throws IOException {
    return withLong(sound(), 32, epochNanos);
  }

  private static byte[] with(byte[] sound, int at, int value) {
    byte[] bytes = sound.clone();
    bytes[at] = (byte) value;
    return bytes;
  }

  private static byte[] withLong(byte[] sound, int at, long value) {
    byte[] bytes = sound.clone();
    Bytes.setLong(bytes, at, value);
    return bytes;
  }

  private static byte[] withNoise(byte[] sound, int at, int count) {
    byte[] bytes = sound.clone();
    byte[] noise = new byte[count];
    new Random(7).nextBytes(noise);
    System.arraycopy(noise, 0, bytes, at, count);
    return bytes;
  }

  private static byte[] withFlips(byte[] sound, int count) {
    byte[] bytes = sound.clone();
    Random random = new Random(5);
    for (int i = 0; i < count; i++) {
      int at = ChunkHeader.BYTES + random.nextInt(bytes.length - ChunkHeader.BYTES);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
    }
    return bytes;
  }

  private static byte[] noise(int count) {
    byte[] noise = new byte[count];
    new Random(11).nextBytes(noise);
    return noise;
  }
}
