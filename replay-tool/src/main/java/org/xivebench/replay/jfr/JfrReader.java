package org.xivebench.replay.jfr;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Reads a recording (format 2.x, plain or gzip, from a file or a stream) front to back in constant
 * memory, and decodes of it only what was asked for.
 *
 * <p>Say first what is wanted with {@link #select}, {@link #selectWhole} or {@link #on}, then call
 * {@link #next} until it returns null, or {@link #readAll}. Events come in the order of the file,
 * which within a chunk is not the order of their times.
 *
 * <p>Each chunk is decoded by its own metadata and constants, so that a recording may hold chunks
 * of several JVMs. A chunk of a JVM that was killed is read as far as it was flushed.
 *
 * <p>Not safe for use by several threads at once; several readers may read one file.
 */
public final class JfrReader implements Closeable {
  private final RecordingSource source;
  private final ReadMode mode;
  private final List<EventCursor> cursors = new ArrayList<>();
  private ChunkReader chunk;
  private int chunks;
  private ChunkHeader previous;
  private TickClock clock;
  private long position;
  private boolean started;

  private JfrReader(RecordingSource source, ReadMode mode) {
    this.source = source;
    this.mode = mode;
  }

  /** Opens a file in {@link ReadMode#STRICT}. */
  public static JfrReader open(Path file) throws IOException {
    return open(file, ReadMode.STRICT);
  }

  /**
   * Opens a file; pipes are read as streams.
   *
   * @throws IOException if the file cannot be opened; what is wrong inside comes out of {@link
   *     #next}
   */
  public static JfrReader open(Path file, ReadMode mode) throws IOException {
    return new JfrReader(RecordingSource.open(file), mode);
  }

  /**
   * Reads from a stream, chunk by chunk through a temporary file.
   *
   * @param in closed by {@link #close}
   * @param name what messages call the recording
   */
  public static JfrReader open(InputStream in, String name, ReadMode mode) throws IOException {
    return new JfrReader(RecordingSource.open(in, name), mode);
  }

  /**
   * Selects events.
   *
   * @param types tells for each event type, in each chunk anew, whether it is selected
   * @param fields the fields that are to be decoded; the first becomes slot 0 of the cursor. A path
   *     such as {@code eventThread.javaName} reaches into structures.
   * @return the cursor that {@link #next} returns for these events
   */
  public EventCursor select(Predicate<TypeInfo> types, String... fields) {
    return add(new EventCursor(types, List.of(fields), false, null));
  }

  /** Selects the events of one type by its full name. */
  public EventCursor select(String type, String... fields) {
    return select(named(type), fields);
  }

  /** Selects whole events, for {@link EventCursor#struct}; fields may be given besides. */
  public EventCursor selectWhole(Predicate<TypeInfo> types, String... fields) {
    return add(new EventCursor(types, List.of(fields), true, null));
  }

  /** Selects events for a handler, which {@link #readAll} calls. */
  public void on(Predicate<TypeInfo> types, EventHandler handler, String... fields) {
    add(new EventCursor(types, List.of(fields), false, handler));
  }

  /** Selects the events of one type for a handler, which {@link #readAll} calls. */
  public void on(String type, EventHandler handler, String... fields) {
    on(named(type), handler, fields);
  }

  /** The predicate for event types of these full names. */
  public static Predicate<TypeInfo> named(String... types) {
    Set<String> names = Set.of(types);
    return type -> names.contains(type.name());
  }

  private EventCursor add(EventCursor cursor) {
    if (started) {
      throw new IllegalStateException("selections must be made before the first event is read");
    }
    cursors.add(cursor);
    return cursor;
  }

  /**
   * Moves to the next selected event. An event that several selections want is returned once for
   * each, in the order of the selections.
   *
   * @return the cursor of the selection, showing the event; null at the end of the recording
   * @throws DamagedRecordingException if the recording is damaged, in {@link ReadMode#STRICT}
   * @throws UnsupportedRecordingException if it is none, or of another format version
   */
  public EventCursor next() throws IOException {
    started = true;
    try {
      while (true) {
        if (chunk != null) {
          EventCursor cursor = chunk.next();
          if (cursor != null) {
            return cursor;
          }
          chunk = null;
          source.discardBefore(position);
        }
        if (!openChunk()) {
          return null;
        }
      }
    } catch (BadRecordException e) {
      throw new DamagedRecordingException(source.name(), chunks, e.position(), e.getMessage(), e);
    }
  }

  /** Reads to the end and gives each event to the handler of its selection, if it has one. */
  public void readAll() throws IOException {
    EventCursor cursor;
    while ((cursor = next()) != null) {
      if (cursor.handler() != null) {
        cursor.handler().event(cursor);
      }
    }
  }

  private boolean openChunk() throws IOException, BadRecordException {
    long left = source.reach(position + ChunkHeader.BYTES) - position;
    if (left == 0 && chunks > 0) {
      return false;
    }
    byte[] bytes = new byte[ChunkHeader.BYTES];
    source.read(position, bytes, 0, (int) left);
    if (left < 4 || Bytes.getInt(bytes, 0) != ChunkHeader.MAGIC) {
      if (chunks == 0) {
        throw new UnsupportedRecordingException(
            source.name(), "no flight recording: it does not begin with 'FLR'");
      }
      throw new DamagedRecordingException(source.name(), 0, position, "no chunk begins here");
    }
    if (left < ChunkHeader.BYTES) {
      throw new DamagedRecordingException(
          source.name(), chunks + 1, position, "the header is cut off");
    }
    ChunkHeader header = ChunkHeader.parse(bytes, 0, ++chunks, position);
    if (header.major() != 2 && header.major() != 1) {
      throw new UnsupportedRecordingException(
          source.name(), "format version " + header.major() + "." + header.minor());
    }
    long end = position + header.size();
    if (header.size() < ChunkHeader.BYTES || source.reach(end) < end) {
      throw new DamagedRecordingException(
          source.name(), chunks, position + 8, "a chunk of " + header.size() + " bytes");
    }
    TickClock clock = previous != null && header.continues(previous) ? this.clock : header.clock();
    previous = header;
    this.clock = clock;
    chunk = new ChunkReader(source, header, clock, end);
    position = end;
    chunk.prepare(cursors);
    return true;
  }

  /** The metadata of the chunk at work. */
  public Metadata metadata() {
    return chunk.metadata();
  }

  ReadMode mode() {
    return mode;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
