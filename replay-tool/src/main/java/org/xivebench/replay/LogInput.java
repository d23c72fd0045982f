package org.xivebench.replay;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.tukaani.xz.XZInputStream;
import org.xivebench.replay.jfr.ReadMode;

/**
 * A text file, plain or compressed with gzip or xz, read line by line as bytes: logs are ASCII, and
 * most of their lines are looked at no further than their beginning.
 *
 * <p>{@link #next} moves to a line, which is then bytes {@link #start} to {@link #end} of {@link
 * #bytes}, its end-of-line left out.
 */
public final class LogInput implements Closeable {
  /** What may be done about a file that is cut off. */
  public static final String HINT = "; --salvage takes what is before";

  private static final int BUFFER_BYTES = 1 << 16;

  /** Longer lines are no log lines; they are cut there, so that memory stays bounded. */
  private static final int MAX_LINE_BYTES = 1 << 20;

  private static final Path STANDARD_INPUT = Path.of("-");
  private static final Path STANDARD_INPUT_NAME = Path.of("standard input");

  private final Path file;
  private final CountingStream raw;
  private final InputStream in;
  private byte[] bytes = new byte[BUFFER_BYTES];
  private int start;
  private int end;
  private int next;
  private int limit;
  private long lineNumber;
  private long textBytes;
  private boolean complete = true;
  private final ReadMode mode;

  /** What is missing at the end, or null. */
  private String loss;

  private LogInput(Path file, ReadMode mode, CountingStream raw, InputStream in) {
    this.file = file;
    this.mode = mode;
    this.raw = raw;
    this.in = in;
  }

  /**
   * Opens a file that may be opened again, and tells from its first bytes how it is compressed.
   *
   * @param mode whether a file that stops in a line or in its compressed data may be read up to
   *     there
   * @throws InputException if it cannot be read, or is a pipe
   */
  public static LogInput open(Path file, ReadMode mode) throws IOException {
    boolean isPipe = Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
    if (isPipe || file.equals(STANDARD_INPUT)) {
      throw new InputException(
          isPipe ? file : STANDARD_INPUT_NAME,
          "is read twice, so it cannot be a pipe; name a file, plain, .gz or .xz");
    }
    return openOnce(file, mode);
  }

  /**
   * Opens a file, a pipe or, for {@code -}, standard input.
   *
   * @throws InputException if it cannot be read
   */
  public static LogInput openOnce(Path file) throws IOException {
    return openOnce(file, ReadMode.STRICT);
  }

  private static LogInput openOnce(Path file, ReadMode mode) throws IOException {
    if (file.equals(STANDARD_INPUT)) {
      return of(STANDARD_INPUT_NAME, mode, System.in);
    }
    if (!Files.exists(file)) {
      throw new InputException(file, "there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new InputException(file, "is a folder");
    }
    if (!Files.isReadable(file)) {
      throw new InputException(file, "cannot be read: permission denied");
    }
    // Not Files.newInputStream, which asks for the position: a pipe has none.
    return of(file, mode, new FileInputStream(file.toFile()));
  }

  private static LogInput of(Path file, ReadMode mode, InputStream in) throws IOException {
    CountingStream raw = new CountingStream(new BufferedInputStream(in, BUFFER_BYTES));
    try {
      return new LogInput(file, mode, raw, decompress(raw));
    } catch (IOException e) {
      raw.close();
      throw new InputException(file, "cannot be decompressed: " + reason(e), e);
    }
  }

  private static InputStream decompress(InputStream raw) throws IOException {
    raw.mark(6);
    int first = raw.read();
    int second = raw.read();
    raw.reset();
    if (first == 0x1f && second == 0x8b) {
      return new GZIPInputStream(raw, BUFFER_BYTES);
    }
    return first == 0xfd && second == '7' ? new XZInputStream(raw) : raw;
  }

  /** Moves to the next line; false at the end. */
  public boolean next() throws IOException {
    start = next;
    int at = start;
    while (true) {
      while (at < limit) {
        if (bytes[at] == '\n') {
          end = at > start && bytes[at - 1] == '\r' ? at - 1 : at;
          next = at + 1;
          lineNumber++;
          return true;
        }
        at++;
      }
      int kept = limit - start;
      if (kept >= MAX_LINE_BYTES) {
        throw new InputException(
            file, "line " + (lineNumber + 1), "is longer than 1 MiB: this is no log");
      }
      if (kept == bytes.length) {
        bytes = Arrays.copyOf(bytes, kept * 2);
      }
      System.arraycopy(bytes, start, bytes, 0, kept);
      start = 0;
      at = kept;
      int n = fill(kept);
      if (n < 0) {
        limit = kept;
        next = kept;
        end = kept;
        complete = false;
        if (kept == 0) {
          return false;
        }
        if (mode == ReadMode.SALVAGE) {
          lose("line " + (lineNumber + 1) + ", which is cut off");
          return false;
        }
        lineNumber++;
        return true;
      }
      limit = kept + n;
    }
  }

  private int fill(int at) throws IOException {
    try {
      int n = in.read(bytes, at, bytes.length - at);
      textBytes += Math.max(n, 0);
      return n;
    } catch (IOException e) {
      if (mode == ReadMode.SALVAGE) {
        lose("what follows line " + lineNumber + ": " + reason(e));
        return -1;
      }
      throw new InputException(
          file, "after line " + lineNumber, "cannot be decompressed: " + reason(e), e);
    }
  }

  private void lose(String what) {
    loss = loss == null ? what : loss;
  }

  /** What of the file was not read because it is not whole, in words; null if nothing. */
  public String loss() {
    return loss;
  }

  private static String reason(IOException e) {
    if (e instanceof EOFException) {
      return "the file is cut off";
    }
    return e instanceof ZipException || e.getMessage() != null
        ? "the compressed data is damaged (" + e.getMessage() + ")"
        : "the compressed data is damaged";
  }

  /** The buffer that holds the current line; good until the next call to {@link #next}. */
  public byte[] bytes() {
    return bytes;
  }

  /** Index in {@link #bytes} of the line's first byte. */
  public int start() {
    return start;
  }

  /** Index in {@link #bytes} after the line's last byte. */
  public int end() {
    return end;
  }

  /** The file, or what messages call standard input. */
  public Path file() {
    return file;
  }

  /** Number of the current line, from 1. */
  public long lineNumber() {
    return lineNumber;
  }

  /** Whether the current line has its end-of-line: the last one of a file may not. */
  public boolean isComplete() {
    return complete;
  }

  /** Bytes of text read so far. */
  public long textBytes() {
    return textBytes;
  }

  /** Bytes of the file read so far, compressed as they are. */
  public long fileBytes() {
    return raw.count;
  }

  /** Whether the current line begins with a text. */
  public boolean startsWith(byte[] text) {
    if (end - start < text.length) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (bytes[start + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  /** An exception that names the current line and shows its beginning. */
  public InputException error(String problem) {
    int shown = Math.min(end - start, 100);
    StringBuilder text = new StringBuilder(shown);
    for (int i = start; i < start + shown; i++) {
      text.append(bytes[i] >= ' ' && bytes[i] < 0x7f ? (char) bytes[i] : '?');
    }
    return new InputException(
        file,
        "line " + lineNumber,
        problem + ": '" + text + (end - start > shown ? "…" : "") + "'");
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Counts what is taken from the file, for the progress. */
  private static final class CountingStream extends FilterInputStream {
    private long count;
    private long marked;

    CountingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = super.read(into, offset, length);
      count += Math.max(n, 0);
      return n;
    }

    @Override
    public synchronized void mark(int readLimit) {
      super.mark(readLimit);
      marked = count;
    }

    @Override
    public synchronized void reset() throws IOException {
      super.reset();
      count = marked;
    }
  }
}
