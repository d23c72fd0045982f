package org.xivebench.replay.jfr;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.zip.CRC32C;

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
  private static final int CHECKSUM_BYTES = 1 << 16;

  private final RecordingSource source;
  private final ReadMode mode;
  private final List<EventCursor> cursors = new ArrayList<>();
  private final Row row = new Row(null);
  private ChunkReader chunk;
  private int chunks;
  private final JvmClocks clocks = new JvmClocks();
  private final LossLog losses = new LossLog();
  private final ChunkFinder finder;
  private Consumer<ChunkSummary> chunkListener = summary -> {};
  private Set<Long> passedOver = Set.of();
  private Consumer<ChunkSpan> passedOverListener = span -> {};
  private SoundCopy soundCopy;
  private int jvm;
  private int unfinishedChunks;
  private ChunkLayout lastLayout;
  private long position;
  private boolean started;

  private JfrReader(RecordingSource source, ReadMode mode) {
    this.source = source;
    this.mode = mode;
    this.finder = new ChunkFinder(source);
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
    return add(cursor(types, fields, false, null, null));
  }

  /**
   * Selects events whose slots {@link #next(long[])} puts into an array of the caller's, for who
   * wants many numbers of each event and no call for each. Integers are as they are recorded, not
   * cut to the width of their type; a slot whose field the event's type does not have stays as it
   * is. The cursor's other methods work as always.
   */
  public EventCursor selectRows(Predicate<TypeInfo> types, String... fields) {
    return add(cursor(types, fields, false, null, row));
  }

  private EventCursor cursor(
      Predicate<TypeInfo> types, String[] fields, boolean whole, EventHandler handler, Row slots) {
    return new EventCursor(types, List.of(fields), whole, handler, cursors.size(), slots);
  }

  /** Selects the events of one type by its full name. */
  public EventCursor select(String type, String... fields) {
    return select(named(type), fields);
  }

  /** Selects whole events, for {@link EventCursor#struct}; fields may be given besides. */
  public EventCursor selectWhole(Predicate<TypeInfo> types, String... fields) {
    return add(cursor(types, fields, true, null, null));
  }

  /** Selects events for a handler, called as reading comes to them. */
  public void on(Predicate<TypeInfo> types, EventHandler handler, String... fields) {
    add(cursor(types, fields, false, handler, null));
  }

  /** Selects the events of one type for a handler. */
  public void on(String type, EventHandler handler, String... fields) {
    on(named(type), handler, fields);
  }

  /** Selects whole events, for {@link EventCursor#struct}, for a handler. */
  public void onWhole(Predicate<TypeInfo> types, EventHandler handler, String... fields) {
    add(cursor(types, fields, true, handler, null));
  }

  /** The predicate for event types of these full names. */
  public static Predicate<TypeInfo> named(String... types) {
    Set<String> names = Set.of(types);
    return type -> names.contains(type.name());
  }

  /**
   * Gives metadata by which a damaged chunk may be read that has lost its own, in {@link
   * ReadMode#SALVAGE}. It is used only where the chunk's records decode by it.
   *
   * @param record a metadata record from its start time on, without its size and type
   */
  public void fallbackMetadata(byte[] record) {
    try {
      byte[] padded = Arrays.copyOf(record, record.length + Bytes.SLACK);
      RecordBytes in = new RecordBytes().reset(padded, 0, record.length, 0);
      lastLayout = ChunkLayout.of(Metadata.parse(in));
    } catch (BadRecordException e) {
      throw new IllegalArgumentException("the metadata does not decode", e);
    }
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
   * each, in the order of the selections; those made with a handler are not returned but given to
   * it.
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
            if (cursor.handler() == null) {
              return cursor;
            }
            cursor.handler().event(cursor);
            continue;
          }
          endChunk();
        }
        if (!openChunk()) {
          return null;
        }
      }
    } catch (BadRecordException e) {
      throw new DamagedRecordingException(source.name(), chunks, e.position(), e.getMessage(), e);
    }
  }

  /**
   * The same, for {@link #selectRows}.
   *
   * @param slots gets the slots of the event if it is one of these selections; at least as many as
   *     the largest of them has
   */
  public EventCursor next(long[] slots) throws IOException {
    return next(slots, 0);
  }

  /**
   * The same, into the middle of an array.
   *
   * @param slots gets the slots of the event if it is one of these selections
   * @param base where slot 0 goes; as many must follow as the largest of the selections has
   */
  public EventCursor next(long[] slots, int base) throws IOException {
    if (row.slots != slots) {
      row.slots = slots;
    }
    row.base = base;
    return next();
  }

  /** Reads to the end, for the sake of the handlers. */
  public void readAll() throws IOException {
    while (next() != null) {
      // selections without a handler are passed over
    }
  }

  private void endChunk() throws IOException {
    ChunkReader ended = chunk;
    chunk = null;
    if (soundCopy != null) {
      ended.copySound(soundCopy);
    }
    position = ended.end();
    source.discardBefore(position);
    if (!ended.header().isFinished()) {
      unfinishedChunks++;
    }
    chunkListener.accept(
        new ChunkSummary(ended.header(), ended.end(), jvm, ended.events(), ended.lostBytes()));
  }

  /** Opens the next chunk; returns false at the end of the recording. */
  private boolean openChunk() throws IOException, BadRecordException {
    if (chunks > 0 && source.reach(position + 1) == position) {
      if (source.endReason() != null) {
        lose(0, position, 0, source.endReason());
      }
      return false;
    }
    return mode == ReadMode.STRICT ? openSoundChunk() : openAnyChunk();
  }

  private boolean openSoundChunk() throws IOException, BadRecordException {
    ChunkHeader header = finder.header(position, chunks + 1);
    long end = finder.end(header);
    chunks++;
    if (isPassedOver(header, end)) {
      return true;
    }
    begin(header, end);
    chunk.prepare(cursors, lastLayout);
    lastLayout = chunk.layout();
    return true;
  }

  private boolean openAnyChunk() throws IOException {
    ChunkFinder.Found found = finder.next(position, chunks + 1);
    if (found == null) {
      if (chunks == 0) {
        throw finder.notARecording(position);
      }
      long length = source.reach(Long.MAX_VALUE);
      lose(0, position, length - position, "no chunk begins here, or after it");
      position = length;
      return false;
    }
    if (found.header().position() > position) {
      lose(0, position, found.header().position() - position, "no chunk begins here");
    }
    chunks++;
    if (isPassedOver(found.header(), found.end())) {
      return true;
    }
    if (found.problem() != null) {
      lose(chunks, found.header().position(), 0, found.problem());
    }
    begin(found.header(), found.end());
    if (chunk.prepareSalvage(cursors, lastLayout, losses)) {
      lastLayout = chunk.layout();
    }
    return true;
  }

  private boolean isPassedOver(ChunkHeader header, long end) throws IOException {
    if (!passedOver.contains(header.position())) {
      return false;
    }
    jvm = clocks.next(header); // the JVM's next chunk goes on from it
    position = end;
    source.discardBefore(end);
    passedOverListener.accept(new ChunkSpan(header, end));
    return true;
  }

  private void begin(ChunkHeader header, long end) {
    jvm = clocks.next(header);
    chunk = new ChunkReader(source, header, clocks.clock(jvm), end);
  }

  /** In {@link ReadMode#STRICT}, a loss is the end. */
  private void lose(int chunkNumber, long at, long bytes, String reason)
      throws DamagedRecordingException {
    if (mode == ReadMode.STRICT) {
      throw new DamagedRecordingException(source.name(), chunkNumber, at, reason);
    }
    losses.add(new Loss(chunkNumber, at, bytes, reason));
  }

  /**
   * Has what is sound of each chunk copied when it has been read to its end; in {@link
   * ReadMode#SALVAGE} only.
   */
  public void copySound(SoundCopy copy) {
    if (mode != ReadMode.SALVAGE) {
      throw new IllegalStateException("a reader that stops at damage copies nothing");
    }
    soundCopy = copy;
  }

  /** Has each chunk told when it has been read to its end. */
  public void onChunk(Consumer<ChunkSummary> listener) {
    chunkListener = listener;
  }

  /** Has chunks passed over that begin at these positions: none of their events is read. */
  public void passOver(Set<Long> positions) {
    passedOver = Set.copyOf(positions);
  }

  /** Has each chunk told that was passed over; {@link #jvm} is its JVM. */
  public void onPassedOver(Consumer<ChunkSpan> listener) {
    passedOverListener = listener;
  }

  /**
   * Finds the chunks by their headers, whatever the mode, without reading what is between; instead
   * of {@link #next}.
   *
   * @throws UnsupportedRecordingException if there is none
   */
  public List<ChunkSpan> chunkSpans() throws IOException {
    started = true;
    List<ChunkSpan> spans = new ArrayList<>();
    ChunkFinder.Found found = finder.next(position, 1);
    if (found == null) {
      throw finder.notARecording(position);
    }
    while (found != null) {
      spans.add(new ChunkSpan(found.header(), found.end()));
      position = found.end();
      source.discardBefore(position);
      found =
          source.reach(position + 1) == position ? null : finder.next(position, spans.size() + 1);
    }
    return spans;
  }

  /** A checksum of a chunk's bytes; instead of {@link #next}. Chunks must come in their order. */
  public long checksum(ChunkSpan span) throws IOException {
    started = true;
    CRC32C sum = new CRC32C();
    byte[] bytes = new byte[CHECKSUM_BYTES];
    long at = span.position();
    long read = source.reach(at);
    source.discardBefore(read);
    while (at < span.end()) {
      int length = source.read(at, bytes, 0, (int) Math.min(bytes.length, span.end() - at));
      if (length == 0) {
        break;
      }
      sum.update(bytes, 0, length);
      at += length;
    }
    return sum.getValue();
  }

  /**
   * What was lost so far, in {@link ReadMode#SALVAGE}; the first thousand losses of {@link
   * #lossCount}.
   */
  public List<Loss> losses() {
    return losses.first();
  }

  public long lossCount() {
    return losses.count();
  }

  /** Bytes that could not be decoded so far. */
  public long lostBytes() {
    return losses.bytes();
  }

  /** Number of chunks begun so far. */
  public int chunks() {
    return chunks;
  }

  /**
   * Number of chunks read to their end whose JVM did not finish them: it was killed, or still runs.
   * They lack what came after the last flush.
   */
  public int unfinishedChunks() {
    return unfinishedChunks;
  }

  /** Number of the JVM that wrote the chunk at work, counted from 1 in the order of the file. */
  public int jvm() {
    return jvm;
  }

  /** How messages call the recording. */
  public String name() {
    return source.name();
  }

  /** The metadata of the chunk at work; null before the first event and after the last. */
  public Metadata metadata() {
    return chunk == null || chunk.layout() == null ? null : chunk.layout().metadata();
  }

  ReadMode mode() {
    return mode;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
