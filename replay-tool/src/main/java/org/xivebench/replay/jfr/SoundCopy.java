package org.xivebench.replay.jfr;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A recording that is made of the sound parts of another: of each chunk the records that decode,
 * under a header that says where things are. It opens in {@code jfr}, which refuses the original.
 *
 * <p>Events are copied as they are. Checkpoints are chained anew, and a damaged one keeps the pools
 * before the damage. The metadata get a number that is theirs alone: {@code jfr} takes equal
 * numbers for equal metadata, and reads joined chunks of several JVMs wrongly for that reason.
 * (Chunks of different JDK versions it may fail to print even so.)
 */
public final class SoundCopy implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int PADDED_BYTES = 4;

  /** Version for a chunk whose own is overwritten: that of the JDKs from 16 on. */
  private static final int MAJOR = 2;

  private static final int MINOR = 1;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

  /** Metadata by their number in the copy. */
  private final List<byte[]> metadata = new ArrayList<>();

  private long position;
  private long chunkStart;
  private long lastCheckpoint;
  private int chunks;
  private long records;

  /** Opens the file to write to, which is emptied. */
  public SoundCopy(Path file) throws IOException {
    channel =
        FileChannel.open(
            file,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING);
  }

  void beginChunk() throws IOException {
    chunkStart = position;
    lastCheckpoint = 0;
    write(new byte[ChunkHeader.BYTES], 0, ChunkHeader.BYTES);
  }

  /** Copies an event. */
  void event(byte[] bytes, int from, int length) throws IOException {
    records++;
    write(bytes, from, length);
  }

  /**
   * Writes a checkpoint.
   *
   * @param head of the original
   * @param pools bytes of the pools
   * @param poolCount number of pools in these bytes
   */
  void checkpoint(CheckpointHead head, byte[] pools, int from, int length, int poolCount)
      throws IOException {
    long at = position;
    byte[] bytes = new byte[PADDED_BYTES + 6 * 9 + 1];
    int p = PADDED_BYTES;
    p = Bytes.putVarint(bytes, p, CheckpointHead.TYPE);
    p = Bytes.putVarint(bytes, p, head.time());
    p = Bytes.putVarint(bytes, p, head.duration());
    p = Bytes.putVarint(bytes, p, lastCheckpoint == 0 ? 0 : lastCheckpoint - at);
    bytes[p++] = (byte) head.kind();
    p = Bytes.putVarint(bytes, p, poolCount);
    Bytes.putPaddedInt(bytes, 0, p + length);
    write(bytes, 0, p);
    write(pools, from, length);
    lastCheckpoint = at;
  }

  /** Completes a chunk. */
  void endChunk(ChunkHeader header, ChunkLayout layout) throws IOException {
    if (lastCheckpoint == 0) {
      // A reader looks for one in any case.
      CheckpointHead none = new CheckpointHead(header.startTicks(), 0, 0, 1, 0, 0);
      checkpoint(none, new byte[0], 0, 0, 0);
    }
    long metadataAt = position;
    byte[] content =
        layout.content().length == 0 ? MetadataBytes.of(layout.metadata()) : layout.content();
    byte[] head = new byte[PADDED_BYTES + 4 * 9];
    int p = PADDED_BYTES;
    p = Bytes.putVarint(head, p, Metadata.TYPE);
    p = Bytes.putVarint(head, p, header.startTicks());
    p = Bytes.putVarint(head, p, 0);
    p = Bytes.putVarint(head, p, number(content));
    Bytes.putPaddedInt(head, 0, p + content.length);
    write(head, 0, p);
    write(content, 0, content.length);
    flush();
    ByteBuffer fixed = ByteBuffer.allocate(ChunkHeader.BYTES);
    fixed
        .putInt(ChunkHeader.MAGIC)
        .putShort((short) (isKnown(header) ? header.major() : MAJOR))
        .putShort((short) (isKnown(header) ? header.minor() : MINOR))
        .putLong(position - chunkStart)
        .putLong(lastCheckpoint - chunkStart)
        .putLong(metadataAt - chunkStart)
        .putLong(header.startNanos())
        .putLong(header.durationNanos())
        .putLong(header.startTicks())
        .putLong(header.ticksPerSecond() > 0 ? header.ticksPerSecond() : NANOS_PER_SECOND)
        .put((byte) 0) // finished
        .put((byte) 0)
        .put((byte) 0)
        .put((byte) header.flags())
        .flip();
    while (fixed.hasRemaining()) {
      channel.write(fixed, chunkStart + fixed.position());
    }
    chunks++;
  }

  private static boolean isKnown(ChunkHeader header) {
    return header.major() == 1 || header.major() == 2;
  }

  private long number(byte[] content) {
    for (int i = 0; i < metadata.size(); i++) {
      if (Arrays.equals(metadata.get(i), content)) {
        return i + 1L;
      }
    }
    metadata.add(content);
    return metadata.size();
  }

  private void write(byte[] bytes, int from, int length) throws IOException {
    int at = from;
    int left = length;
    while (left > 0) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int n = Math.min(left, buffer.remaining());
      buffer.put(bytes, at, n);
      at += n;
      left -= n;
    }
    position += length;
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /** Number of chunks written. */
  public int chunks() {
    return chunks;
  }

  /** Number of events written. */
  public long events() {
    return records;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
