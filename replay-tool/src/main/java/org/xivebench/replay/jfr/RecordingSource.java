package org.xivebench.replay.jfr;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The (uncompressed) bytes of a recording, read by position. A chunk cannot be decoded front to
 * back, since its metadata and constants come last: a stream is therefore kept in a temporary file,
 * of which only the chunk at work is held.
 */
abstract class RecordingSource implements Closeable {
  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int TRANSFER_BYTES = 1 << 16;

  private final String name;

  RecordingSource(String name) {
    this.name = name;
  }

  static RecordingSource open(Path file) throws IOException {
    String name = file.toString();
    if (!Files.isRegularFile(file)) {
      // Of a pipe, Files.newInputStream asks for the position, which it does not have; of a file
      // that
      // is not there, its error names the file.
      boolean pipe = Files.exists(file) && !Files.isDirectory(file);
      return open(pipe ? new FileInputStream(file.toFile()) : Files.newInputStream(file), name);
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      ByteBuffer head = ByteBuffer.allocate(2);
      if (channel.read(head, 0) == 2 && (head.getShort(0) & 0xffff) == GZIP_MAGIC) {
        channel.close();
        return open(Files.newInputStream(file), name);
      }
      return new OfFile(name, channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  static RecordingSource open(InputStream in, String name) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, TRANSFER_BYTES);
    try {
      buffered.mark(2);
      boolean gzip = (buffered.read() << 8 | buffered.read()) == GZIP_MAGIC;
      buffered.reset();
      return new OfStream(name, gzip ? new GZIPInputStream(buffered, TRANSFER_BYTES) : buffered);
    } catch (EOFException | ZipException e) {
      buffered.close();
      throw new DamagedRecordingException(name, 0, 0, "the gzip data is cut off or damaged", e);
    } catch (IOException e) {
      buffered.close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  /**
   * Tells how far the recording goes, looking no further than needed.
   *
   * @return {@code position} when at least so many bytes precede it, otherwise the total length
   */
  abstract long reach(long position) throws IOException;

  /**
   * Reads up to {@code length} bytes that start at {@code position}.
   *
   * @return the number of bytes read; fewer than asked for only at the end
   */
  abstract int read(long position, byte[] into, int at, int length) throws IOException;

  /** Says that nothing before {@code position} will be read any more. */
  void discardBefore(long position) throws IOException {}

  /** Why the input ended early, or null when it simply ended. */
  String endReason() {
    return null;
  }

  private static int readFully(FileChannel channel, long position, byte[] into, int at, int length)
      throws IOException {
    ByteBuffer target = ByteBuffer.wrap(into, at, length);
    while (target.hasRemaining()) {
      int n = channel.read(target, position + target.position() - at);
      if (n < 0) {
        break;
      }
    }
    return target.position() - at;
  }

  private static final class OfFile extends RecordingSource {
    private final FileChannel channel;
    private final long size;

    OfFile(String name, FileChannel channel) throws IOException {
      super(name);
      this.channel = channel;
      this.size = channel.size();
    }

    @Override
    long reach(long position) {
      return Math.min(position, size);
    }

    @Override
    int read(long position, byte[] into, int at, int length) throws IOException {
      return readFully(channel, position, into, at, length);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private static final class OfStream extends RecordingSource {
    private final InputStream in;
    private final FileChannel spool;
    private final byte[] transfer = new byte[TRANSFER_BYTES];
    private long spoolStart;
    private long spoolEnd;
    private boolean ended;
    private String endReason;

    OfStream(String name, InputStream in) throws IOException {
      super(name);
      this.in = in;
      this.spool =
          FileChannel.open(
              Files.createTempFile("recording", ".chunk"),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }

    @Override
    long reach(long position) throws IOException {
      while (spoolEnd < position && !ended) {
        int n;
        try {
          n = in.read(transfer, 0, (int) Math.min(transfer.length, position - spoolEnd));
        } catch (EOFException | ZipException e) {
          endReason = "the gzip data is cut off or damaged (" + e.getMessage() + ")";
          n = -1;
        }
        if (n < 0) {
          ended = true;
        } else {
          ByteBuffer data = ByteBuffer.wrap(transfer, 0, n);
          while (data.hasRemaining()) {
            spool.write(data, spoolEnd - spoolStart + data.position());
          }
          spoolEnd += n;
        }
      }
      return Math.min(position, spoolEnd);
    }

    @Override
    int read(long position, byte[] into, int at, int length) throws IOException {
      long available = reach(position + length) - position;
      return available <= 0
          ? 0
          : readFully(spool, position - spoolStart, into, at, (int) Math.min(length, available));
    }

    @Override
    void discardBefore(long position) throws IOException {
      // Little more than the chunk has been read: a header, to see that the next chunk is sound.
      int rest = (int) Math.min(transfer.length, spoolEnd - position);
      if (rest == spoolEnd - position && position > spoolStart) {
        readFully(spool, position - spoolStart, transfer, 0, rest);
        spool.truncate(0);
        ByteBuffer data = ByteBuffer.wrap(transfer, 0, rest);
        while (data.hasRemaining()) {
          spool.write(data, data.position());
        }
        spoolStart = position;
      }
    }

    @Override
    String endReason() {
      return endReason;
    }

    @Override
    public void close() throws IOException {
      try {
        spool.close();
      } finally {
        in.close();
      }
    }
  }
}
