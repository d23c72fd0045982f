package org.xivebench.replay.trace;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Damages a trace in the ways in which recordings are found damaged: cut at many places, bits
 * flipped, a hole of zeros, a wrong header, garbage behind, a chunk twice, a chunk lost.
 */
public final class DamagedTrace {
  private static final int CHUNK_HEADER_BYTES = 68;

  private final byte[] whole;
  private final List<Integer> chunkStarts = new ArrayList<>();

  /** Takes a whole trace of at least two chunks. */
  public DamagedTrace(byte[] whole) {
    this.whole = whole.clone();
    for (int at = 0; at < whole.length; at += (int) ByteBuffer.wrap(whole).getLong(at + 8)) {
      chunkStarts.add(at);
    }
    chunkStarts.add(whole.length);
    if (chunkStarts.size() < 3) {
      throw new IllegalArgumentException("a trace of one chunk");
    }
  }

  /** Each damaged version by what was done to it; made when it is asked for. */
  public Map<String, Supplier<byte[]>> versions() {
    Map<String, Supplier<byte[]>> versions = new LinkedHashMap<>();
    for (int length : cutLengths()) {
      versions.put("cut at " + length, () -> Arrays.copyOf(whole, length));
    }
    versions.put("cut after a chunk", () -> Arrays.copyOf(whole, chunkStarts.get(1)));
    Random random = new Random(7);
    for (int i = 0; i < 24; i++) {
      int at = random.nextInt(whole.length);
      int bit = random.nextInt(8);
      versions.put("bit flipped at " + at, () -> altered(at, whole[at] ^ (1 << bit)));
    }
    versions.put("hole", this::hole);
    versions.put("wrong magic", () -> altered(0, 'G'));
    versions.put("wrong version", () -> altered(5, 9));
    versions.put("wrong chunk size", () -> altered(14, whole[14] ^ 1));
    versions.put("garbage behind", () -> concat(whole, "garbage garbage".getBytes(US_ASCII)));
    versions.put("first chunk twice", () -> concat(chunk(0), whole));
    versions.put("last chunk twice", () -> concat(whole, chunk(chunkStarts.size() - 2)));
    versions.put("whole file twice", () -> concat(whole, whole));
    versions.put(
        "first chunk lost", () -> Arrays.copyOfRange(whole, chunkStarts.get(1), whole.length));
    return versions;
  }

  private byte[] altered(int at, int value) {
    byte[] copy = whole.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private byte[] hole() {
    byte[] copy = whole.clone();
    Arrays.fill(copy, copy.length / 3, copy.length / 3 + 4096, (byte) 0);
    return copy;
  }

  private List<Integer> cutLengths() {
    List<Integer> lengths = new ArrayList<>(List.of(0, 1, 3, 4, 67, 68, 69, whole.length - 1));
    for (int i = 1; i < 40; i++) {
      lengths.add((int) ((long) whole.length * i / 40));
    }
    lengths.add(chunkStarts.get(1) + 5);
    lengths.add(chunkStarts.get(1) + CHUNK_HEADER_BYTES);
    return lengths;
  }

  private byte[] chunk(int index) {
    return Arrays.copyOfRange(whole, chunkStarts.get(index), chunkStarts.get(index + 1));
  }

  private static byte[] concat(byte[] first, byte[] second) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.writeBytes(first);
    joined.writeBytes(second);
    return joined.toByteArray();
  }
}
