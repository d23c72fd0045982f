package org.xivebench.replay.jfr;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a recording with given times, in constant memory, that the JDK's tools, JDK Mission
 * Control and {@link JfrReader} read: what the JDK's own event API cannot do, since it stamps
 * events with the time at which they are committed.
 *
 * <p>The events of a chunk are collected in memory and written when there are enough of them, with
 * the metadata and the constants of the chunk behind them. One tick is one nanosecond.
 *
 * <p>A file appears under its name when {@link #finish} has succeeded, whole; {@link #close}
 * without it leaves nothing behind.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class JfrWriter implements Closeable {
  /** Bytes of events after which a chunk is written; the JDK's default is 12 MB. */
  static final int DEFAULT_CHUNK_BYTES = 8 << 20;

  /** Limits of a chunk's text pool, so that memory stays constant when every text is new. */
  private static final int MAX_STRINGS = 1 << 16;

  private static final int MAX_STRING_CHARS = 1 << 21;

  /**
   * Ticks start this long before the first event: events may be out of order by a little, and a
   * negative number of ticks takes nine bytes.
   */
  private static final long LEAD_NANOS = 10_000_000;

  private static final short MAJOR = 2;
  private static final short MINOR = 1;
  private static final int FLAG_COMPRESSED_INTEGERS = 1;
  private static final int FLAG_FINAL = 2;
  private static final int CHECKPOINT_KIND_FLUSH = 1;

  private record ThreadEntry(String osName, long osThreadId, String javaName, long javaThreadId) {}

  private final OutputStream out;
  private final Path target;
  private final Path part;
  private final int chunkBytes;
  private final List<EventEncoder> encoders = new ArrayList<>();
  private final List<ThreadEntry> threads = new ArrayList<>();
  private final Map<ThreadEntry, Integer> threadNumbers = new HashMap<>();

  /** Texts of this chunk. Numbers are never used again: RecordingFile keeps them over chunks. */
  private final Map<String, Long> strings = new HashMap<>();

  private final List<String> stringsInOrder = new ArrayList<>();
  private long firstString = 1;
  private long stringChars;

  private byte[] buffer;
  private int position = ChunkHeader.BYTES;
  private EventEncoder open;
  private int openStart;
  private long openStartTicks;
  private long openEndTicks;

  private boolean anyEvent;
  private long baseNanos;
  private long chunkMinTicks;
  private long chunkMaxTicks;
  private long chunkEvents;
  private long previousEndTicks;
  private int chunks;
  private int metadataVersion;
  private int describedTypes = -1;
  private boolean finished;
  private boolean closed;

  private JfrWriter(OutputStream out, Path target, Path part, int chunkBytes) {
    this.out = out;
    this.target = target;
    this.part = part;
    this.chunkBytes = chunkBytes;
    this.buffer = new byte[ChunkHeader.BYTES + chunkBytes + (1 << 16)];
  }

  /**
   * Writes to a file that is put in place, replacing one that is there, by {@link #finish}.
   *
   * @throws IOException if the folder cannot be written to
   */
  public static JfrWriter create(Path file) throws IOException {
    return create(file, DEFAULT_CHUNK_BYTES);
  }

  static JfrWriter create(Path file, int chunkBytes) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      return new JfrWriter(Files.newOutputStream(file), null, null, chunkBytes);
    }
    Path absolute = file.toAbsolutePath();
    Path part =
        absolute.resolveSibling(
            "." + absolute.getFileName() + "." + Long.toHexString(System.nanoTime()) + ".part");
    OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new JfrWriter(out, absolute, part, chunkBytes);
  }

  /** Writes to a stream, which {@link #close} closes. */
  public static JfrWriter to(OutputStream stream) {
    return to(stream, DEFAULT_CHUNK_BYTES);
  }

  /**
   * Writes to a stream, which {@link #close} closes.
   *
   * @param chunkBytes bytes of events after which a chunk is written
   */
  public static JfrWriter to(OutputStream stream, int chunkBytes) {
    return new JfrWriter(stream, null, null, chunkBytes);
  }

  /**
   * Returns the metadata of what has been declared, for {@link JfrReader#fallbackMetadata}. Before
   * the first event.
   */
  public byte[] metadata() {
    if (anyEvent) {
      throw new IllegalStateException("events have been written");
    }
    int start = position;
    putMetadata(0);
    byte[] record = Arrays.copyOfRange(buffer, start, position);
    position = start;
    return record;
  }

  /**
   * Makes an event type known.
   *
   * @return what writes its events
   * @throws IllegalArgumentException if there is a type of that name
   */
  public EventEncoder declare(EventDeclaration declaration) {
    for (EventEncoder encoder : encoders) {
      if (encoder.declaration().name().equals(declaration.name())) {
        throw new IllegalArgumentException(declaration.name() + " is declared already");
      }
    }
    EventEncoder encoder =
        new EventEncoder(this, declaration, MetadataEncoder.FIRST_EVENT_TYPE + encoders.size());
    encoders.add(encoder);
    return encoder;
  }

  /**
   * Makes a thread known; equal threads get the same number.
   *
   * @param osName may be null
   * @param javaName null for a thread that runs no Java
   * @return its number, 1 or above, for {@link EventEncoder#begin}
   */
  public int thread(String osName, long osThreadId, String javaName, long javaThreadId) {
    ThreadEntry entry = new ThreadEntry(osName, osThreadId, javaName, javaThreadId);
    Integer known = threadNumbers.get(entry);
    if (known != null) {
      return known;
    }
    threads.add(entry);
    threadNumbers.put(entry, threads.size());
    return threads.size();
  }

  void begin(EventEncoder encoder, long startNanos, long durationNanos) {
    if (open != null) {
      throw new IllegalStateException(open.declaration().name() + " has not been committed");
    }
    if (closed || finished) {
      throw new IllegalStateException("the recording is finished");
    }
    if (durationNanos < 0) {
      throw new IllegalArgumentException("a duration of " + durationNanos + " ns");
    }
    if (!anyEvent) {
      anyEvent = true;
      baseNanos = startNanos - LEAD_NANOS;
    }
    open = encoder;
    openStart = position;
    openStartTicks = startNanos - baseNanos;
    openEndTicks = openStartTicks + durationNanos;
    ensure(encoder.maxBytes());
    position += encoder.sizeBytes();
    putVarint(encoder.typeId());
    putVarint(openStartTicks);
  }

  void commit(EventEncoder encoder) throws IOException {
    if (open != encoder) {
      throw new IllegalStateException(encoder.declaration().name() + " has not been begun");
    }
    open = null;
    int size = position - openStart;
    switch (encoder.sizeBytes()) {
      case 1 -> buffer[openStart] = (byte) size;
      case 2 -> {
        buffer[openStart] = (byte) (size | 0x80);
        buffer[openStart + 1] = (byte) (size >>> 7);
      }
      default -> Bytes.putPaddedInt(buffer, openStart, size);
    }
    if (chunkEvents++ == 0) {
      chunkMinTicks = openStartTicks;
      chunkMaxTicks = openEndTicks;
    } else {
      chunkMinTicks = Math.min(chunkMinTicks, openStartTicks);
      chunkMaxTicks = Math.max(chunkMaxTicks, openEndTicks);
    }
    if (position >= chunkBytes
        || stringsInOrder.size() >= MAX_STRINGS
        || stringChars >= MAX_STRING_CHARS) {
      writeChunk(false);
    }
  }

  void putVarint(long value) {
    position = Bytes.putVarint(buffer, position, value);
  }

  void putByte(int value) {
    buffer[position++] = (byte) value;
  }

  void putInt(int value) {
    Bytes.setInt(buffer, position, value);
    position += Integer.BYTES;
  }

  void putLong(long value) {
    Bytes.setLong(buffer, position, value);
    position += Long.BYTES;
  }

  void putThread(int thread) {
    if (thread < 0 || thread > threads.size()) {
      throw new IllegalArgumentException("no thread has the number " + thread);
    }
    putVarint(thread);
  }

  void putString(String value) {
    if (value == null) {
      putByte(RecordBytes.STRING_NULL);
    } else if (value.isEmpty()) {
      putByte(RecordBytes.STRING_EMPTY);
    } else {
      Long number = strings.get(value);
      if (number == null) {
        number = firstString + stringsInOrder.size();
        strings.put(value, number);
        stringsInOrder.add(value);
        stringChars += value.length();
      }
      putByte(RecordBytes.STRING_CONSTANT);
      putVarint(number);
    }
  }

  /** Writes a text in full. */
  void putText(String value) {
    if (value == null) {
      putByte(RecordBytes.STRING_NULL);
    } else if (value.isEmpty()) {
      putByte(RecordBytes.STRING_EMPTY);
    } else {
      byte[] bytes = value.getBytes(UTF_8);
      ensure(bytes.length + 10);
      putByte(RecordBytes.STRING_UTF8);
      putVarint(bytes.length);
      System.arraycopy(bytes, 0, buffer, position, bytes.length);
      position += bytes.length;
    }
  }

  void ensure(int bytes) {
    if (buffer.length - position < bytes) {
      buffer = Arrays.copyOf(buffer, Math.max(position + bytes, buffer.length + buffer.length / 2));
    }
  }

  private void writeChunk(boolean last) throws IOException {
    long startTicks = chunks == 0 ? chunkMinTicks : previousEndTicks;
    long endTicks = Math.max(startTicks, chunkEvents == 0 ? startTicks : chunkMaxTicks);
    int checkpoint = position;
    beginRecord();
    putVarint(CheckpointHead.TYPE);
    putVarint(endTicks);
    putVarint(0); // duration
    putVarint(0); // no checkpoint before this one
    putByte(CHECKPOINT_KIND_FLUSH);
    putVarint((threads.isEmpty() ? 0 : 1) + (stringsInOrder.isEmpty() ? 0 : 1));
    putThreads();
    putStrings();
    endRecord(checkpoint);
    int metadata = position;
    if (describedTypes != encoders.size()) {
      describedTypes = encoders.size();
      metadataVersion++;
    }
    beginRecord();
    putVarint(Metadata.TYPE);
    putMetadata(endTicks);
    endRecord(metadata);

    Bytes.setInt(buffer, 0, ChunkHeader.MAGIC);
    Bytes.setInt(buffer, 4, MAJOR << 16 | MINOR);
    Bytes.setLong(buffer, 8, position);
    Bytes.setLong(buffer, 16, checkpoint);
    Bytes.setLong(buffer, 24, metadata);
    Bytes.setLong(buffer, 32, baseNanos + startTicks);
    Bytes.setLong(buffer, 40, endTicks - startTicks);
    Bytes.setLong(buffer, 48, startTicks);
    Bytes.setLong(buffer, 56, 1_000_000_000L);
    Bytes.setInt(buffer, 64, FLAG_COMPRESSED_INTEGERS | (last ? FLAG_FINAL : 0));
    out.write(buffer, 0, position);

    chunks++;
    previousEndTicks = endTicks;
    position = ChunkHeader.BYTES;
    chunkEvents = 0;
    firstString += stringsInOrder.size();
    strings.clear();
    stringsInOrder.clear();
    stringChars = 0;
  }

  private void putMetadata(long ticks) {
    putVarint(ticks);
    putVarint(0); // duration
    putVarint(metadataVersion);
    new MetadataEncoder(encoders).write(this);
  }

  private void putThreads() {
    if (threads.isEmpty()) {
      return;
    }
    putVarint(MetadataEncoder.THREAD);
    putVarint(threads.size());
    for (int i = 0; i < threads.size(); i++) {
      ThreadEntry thread = threads.get(i);
      ensure(64);
      putVarint(i + 1);
      putText(thread.osName());
      putVarint(thread.osThreadId());
      putText(thread.javaName());
      ensure(64);
      putVarint(thread.javaThreadId());
    }
  }

  private void putStrings() {
    if (stringsInOrder.isEmpty()) {
      return;
    }
    ensure(64);
    putVarint(MetadataEncoder.STRING);
    putVarint(stringsInOrder.size());
    for (int i = 0; i < stringsInOrder.size(); i++) {
      ensure(64);
      putVarint(firstString + i);
      putText(stringsInOrder.get(i));
    }
  }

  private void beginRecord() {
    ensure(256);
    position += 4;
  }

  private void endRecord(int start) {
    Bytes.putPaddedInt(buffer, start, position - start);
    ensure(256);
  }

  /** Writes what is left and puts the file in place. After that nothing can be written. */
  public void finish() throws IOException {
    if (open != null) {
      throw new IllegalStateException(open.declaration().name() + " has not been committed");
    }
    if (finished) {
      return;
    }
    if (chunkEvents > 0 || chunks == 0) {
      writeChunk(true);
    }
    out.close();
    if (part != null) {
      try {
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    finished = true;
  }

  /** Closes the writer; if {@link #finish} was not reached, nothing of a file remains. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    buffer = new byte[0];
    if (!finished) {
      try {
        out.close();
      } finally {
        if (part != null) {
          Files.deleteIfExists(part);
        }
      }
    }
  }
}
