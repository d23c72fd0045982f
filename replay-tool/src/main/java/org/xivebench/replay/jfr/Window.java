package org.xivebench.replay.jfr;

import java.io.IOException;
import java.util.Arrays;

/**
 * A moving view of a recording: an array that holds the bytes around the place that is read, with
 * {@link Bytes#SLACK} zero bytes after the last. Reading into an array costs a copy but, unlike a
 * mapping, survives a file that shrinks, is given back at once, and is what the JIT optimises best.
 */
final class Window {
  /** The largest record or constant that is taken into memory whole. */
  static final int MAX_BYTES = 1 << 24;

  private final RecordingSource source;
  private byte[] bytes;
  private long start;
  private int length;

  Window(RecordingSource source, int initialBytes) {
    this.source = source;
    this.bytes = new byte[initialBytes + Bytes.SLACK];
  }

  byte[] bytes() {
    return bytes;
  }

  /** Position in the recording of {@code bytes()[0]}. */
  long start() {
    return start;
  }

  /** Number of valid bytes in {@link #bytes}. */
  int length() {
    return length;
  }

  private int capacity() {
    return bytes.length - Bytes.SLACK;
  }

  /** Forgets the contents, for when the source's bytes have moved on. */
  void clear() {
    length = 0;
  }

  /**
   * Makes as many of {@code count} bytes available as there are up to {@code limit}.
   *
   * @param count at most {@link #MAX_BYTES}
   * @param limit position at which the view ends, whatever follows
   * @return the index in {@link #bytes} of the byte at {@code position}
   */
  int view(long position, int count, long limit) throws IOException {
    long wanted = Math.min(count, limit - position);
    if (position >= start && position + wanted <= start + length) {
      return (int) (position - start);
    }
    int kept = 0;
    byte[] target = bytes;
    if (wanted > capacity()) {
      target = new byte[(int) Math.min(MAX_BYTES, Math.max(wanted, 2L * capacity())) + Bytes.SLACK];
    }
    if (position >= start && position < start + length) {
      kept = (int) (start + length - position);
      System.arraycopy(bytes, (int) (position - start), target, 0, kept);
    }
    bytes = target;
    start = position;
    length = kept;
    int fill = (int) Math.min(capacity() - kept, limit - position - kept);
    if (fill > 0) {
      length += source.read(position + kept, bytes, kept, fill);
    }
    Arrays.fill(bytes, length, length + Bytes.SLACK, (byte) 0);
    return 0;
  }
}
