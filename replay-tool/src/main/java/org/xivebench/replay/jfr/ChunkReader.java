package org.xivebench.replay.jfr;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the events of one chunk: metadata first, then the constants that the selections need, then
 * the records in the order of the file.
 */
final class ChunkReader {
  /** Bytes of the window that moves over the records. */
  private static final int WINDOW_BYTES = 1 << 17;

  /** Size and type number of a record take at most this many bytes. */
  private static final int RECORD_HEAD_BYTES = 18;

  /** Records that must decode by another chunk's metadata before it is taken. */
  private static final int RECORDS_THAT_FIT = 32;

  private static final int DIRECT_TYPES = 1 << 14;

  /** What is known about a type number while the events are read. */
  private static final class Entry {
    final EventCursor.Binding[] bindings;

    Entry(EventCursor.Binding[] bindings) {
      this.bindings = bindings;
    }
  }

  private static final EventCursor.Binding[] NONE = {};

  private final RecordingSource source;
  private final ChunkHeader header;
  private final TickClock clock;
  private final long start;
  private final long end;
  private final Window window;
  private final RecordBytes cursor = new RecordBytes();
  private final Map<Long, Entry> otherEntries = new HashMap<>();
  private ChunkLayout layout;
  private ConstantPools pools;
  private Entry[] directEntries = {};

  /** The next record. */
  private long position;

  /** Of the current record: bindings, and how many of them have been delivered. */
  private EventCursor.Binding[] bindings = NONE;

  private int delivered;
  private long recordPosition;
  private int payload;
  private int recordEnd;
  private long events;

  /** Set when damage is to be passed over. */
  private RecordScanner scanner;

  private LossLog losses;
  private long lostBytes;

  ChunkReader(RecordingSource source, ChunkHeader header, TickClock clock, long end) {
    this.source = source;
    this.header = header;
    this.clock = clock;
    this.start = header.position();
    this.end = end;
    this.position = start + ChunkHeader.BYTES;
    this.window =
        new Window(source, (int) Math.min(WINDOW_BYTES, Math.max(1024, end - header.position())));
  }

  ChunkHeader header() {
    return header;
  }

  TickClock clock() {
    return clock;
  }

  /** What the chunk's metadata says; null if there is none. */
  ChunkLayout layout() {
    return layout;
  }

  ConstantPools pools() {
    return pools;
  }

  long events() {
    return events;
  }

  long end() {
    return end;
  }

  long lostBytes() {
    return lostBytes;
  }

  /**
   * Reads what must be known before the first event, and refuses damage.
   *
   * @param previous layout of the chunk before, or null
   */
  void prepare(List<EventCursor> cursors, ChunkLayout previous)
      throws IOException, BadRecordException {
    layout = readMetadata(start + header.metadataOffset(), previous);
    compile(cursors, false);
    if (layout.needsConstants() && header.constantPoolOffset() != 0) {
      long[] chain = new long[16];
      int length = 0;
      long at = start + header.constantPoolOffset();
      while (at != 0) {
        if (length == chain.length) {
          chain = Arrays.copyOf(chain, length * 2);
        }
        chain[length++] = at;
        at = previousCheckpoint(at);
      }
      for (int i = length - 1; i >= 0; i--) {
        index(
            chain[i],
            (from, to, why) -> {
              throw why;
            });
      }
    }
    bind();
  }

  /** Compiles the selections and makes the pools for what they ask for. */
  private void compile(List<EventCursor> cursors, boolean toTheEnd) throws BadRecordException {
    try {
      layout.compile(cursors, toTheEnd);
    } catch (FieldProgram.UnusableTypeException e) {
      throw new BadRecordException(start + header.metadataOffset(), e.getMessage());
    }
    pools = new ConstantPools(source, layout, start, end);
    for (ChunkLayout.EventType eventType : layout.eventTypes()) {
      eventType.plans().forEach(plan -> plan.want(pools));
    }
  }

  /** Position of the checkpoint before the one at that position; 0 if it is the first. */
  private long previousCheckpoint(long at) throws IOException, BadRecordException {
    CheckpointHead head = CheckpointHead.read(window, at, end);
    if (head.previousDelta() == 0) {
      return 0;
    }
    long previous = at + head.previousDelta();
    if (previous >= at || previous < start + ChunkHeader.BYTES) {
      throw new BadRecordException(
          at, "a checkpoint names byte " + previous + " as the one before it");
    }
    return previous;
  }

  private void index(long checkpoint, ConstantPools.DamageSink sink)
      throws IOException, BadRecordException {
    int index = window.view(checkpoint, RECORD_HEAD_BYTES, end);
    int limit = (int) Math.min(window.length(), end - window.start());
    long size = cursor.reset(window.bytes(), index, limit, window.start()).varint();
    if (size <= 0 || size > end - checkpoint) {
      throw badSize(checkpoint, size);
    }
    pools.index(window, checkpoint, size, sink);
  }

  /**
   * Reads what can be known before the first event of a chunk that may be damaged.
   *
   * @param neighbour layout of a chunk before, for when this one's is gone; or null
   * @return whether events can be read
   */
  boolean prepareSalvage(List<EventCursor> cursors, ChunkLayout neighbour, LossLog log)
      throws IOException {
    this.losses = log;
    layout = salvageMetadata(neighbour);
    if (layout == null) {
      lose(start, end - start, "without metadata nothing in the chunk can be decoded");
      position = end;
      return false;
    }
    try {
      compile(cursors, true);
    } catch (BadRecordException e) {
      lose(start, end - start, e.getMessage());
      position = end;
      return false;
    }
    scanner = new RecordScanner(window, start, end, layout.metadata(), layout.compiler());
    long[] checkpoints = salvageCheckpoints();
    scanner.anchors(checkpoints);
    if (layout.needsConstants()) {
      for (long checkpoint : checkpoints) {
        try {
          index(
              checkpoint,
              (from, to, why) -> lose(from, to - from, "constants: " + why.getMessage()));
        } catch (BadRecordException e) {
          lose(checkpoint, 0, "constants: " + e.getMessage());
        }
      }
    }
    bind();
    return true;
  }

  private void lose(long from, long bytes, String reason) {
    lostBytes += bytes;
    losses.add(new Loss(header.number(), from, bytes, reason));
  }

  private ChunkLayout salvageMetadata(ChunkLayout neighbour) throws IOException {
    String problem = "the metadata is missing";
    long at = start + header.metadataOffset();
    boolean inside = header.metadataOffset() >= ChunkHeader.BYTES && at < end && at > 0;
    if (inside) {
      try {
        return readMetadata(at, neighbour);
      } catch (BadRecordException e) {
        problem = "metadata: " + e.getMessage();
      }
    } else {
      at = start;
    }
    long found = MetadataSearch.find(window, start + ChunkHeader.BYTES, end);
    if (found >= 0) {
      try {
        ChunkLayout other = readMetadata(found, neighbour);
        if (header.isFinished()) {
          lose(at, 0, problem + "; read that at byte " + found + " instead");
        }
        return other;
      } catch (BadRecordException e) {
        throw new AssertionError("metadata that was found does not decode", e);
      }
    }
    if (inside) {
      Metadata rest = cutOffMetadata(at);
      if (rest != null && fits(rest)) {
        lose(at, 0, problem + "; read by what is left of it");
        return ChunkLayout.of(rest);
      }
    }
    if (neighbour != null && fits(neighbour.metadata())) {
      lose(at, 0, problem + "; read by the metadata of another chunk");
      return neighbour;
    }
    lose(at, 0, problem);
    return null;
  }

  /** The metadata up to where the chunk is cut off in it, or null. */
  private Metadata cutOffMetadata(long at) throws IOException {
    int length = (int) Math.min(end - at, Window.MAX_BYTES);
    int index = window.view(at, length, end);
    try {
      cursor.reset(window.bytes(), index, index + length, window.start());
      long size = cursor.varint();
      return size > length && cursor.varint() == Metadata.TYPE
          ? Metadata.parseCutOff(cursor)
          : null;
    } catch (BadRecordException e) {
      return null;
    }
  }

  /** Whether the first records of the chunk decode by metadata that may not be its own. */
  private boolean fits(Metadata neighbour) throws IOException {
    RecordScanner trial =
        new RecordScanner(window, start, end, neighbour, new FieldProgram.Compiler());
    long at = start + ChunkHeader.BYTES;
    int sound = 0;
    while (sound < RECORDS_THAT_FIT && at < end) {
      long next = trial.recordEnd(at);
      if (next == RecordScanner.NONE) {
        return sound > 0 && (sound >= RECORDS_THAT_FIT / 2 || isCutOff(at));
      }
      sound++;
      at = next;
    }
    return sound > 0;
  }

  /** Whether a record claims more bytes than the chunk has. */
  private boolean isCutOff(long at) throws IOException {
    int p = window.view(at, RECORD_HEAD_BYTES, end);
    return Bytes.varint(window.bytes(), p) > end - at
        || p + Bytes.varintLength(window.bytes(), p) > window.length();
  }

  /** The checkpoints in the order of the file, by their chain if it is whole. */
  private long[] salvageCheckpoints() throws IOException {
    long[] found = new long[16];
    int count = 0;
    long at = start + header.constantPoolOffset();
    boolean whole = header.constantPoolOffset() >= ChunkHeader.BYTES && at < end && at > 0;
    try {
      while (whole && at != 0) {
        if (count == found.length) {
          found = Arrays.copyOf(found, count * 2);
        }
        long previous = previousCheckpoint(at);
        if (scanner.recordEnd(at) == RecordScanner.NONE) {
          whole = false; // damaged where it does not matter to the chain
        }
        found[count++] = at;
        at = previous;
      }
    } catch (BadRecordException e) {
      whole = false;
    }
    if (!whole) {
      if (header.isFinished()) {
        lose(start, 0, "the chain of checkpoints is broken; they were looked for");
      }
      Arrays.sort(found, 0, count);
      scanner.anchors(Arrays.copyOf(found, count));
      at = start + ChunkHeader.BYTES;
      while (at < end) {
        long next = scanner.recordEnd(at);
        if (next == RecordScanner.NONE) {
          at = scanner.resume(at + 1);
          continue;
        }
        if (isCheckpoint(at)) {
          if (count == found.length) {
            found = Arrays.copyOf(found, count * 2);
          }
          found[count++] = at;
        }
        at = next;
      }
    }
    return Arrays.stream(found, 0, count).sorted().distinct().toArray();
  }

  private boolean isCheckpoint(long at) throws IOException {
    int p = window.view(at, RECORD_HEAD_BYTES, end);
    byte[] b = window.bytes();
    return Bytes.varint(b, p + Bytes.varintLength(b, p)) == CheckpointHead.TYPE;
  }

  private ChunkLayout readMetadata(long at, ChunkLayout previous)
      throws IOException, BadRecordException {
    RecordBytes record = record(at);
    if (record.varint() != Metadata.TYPE) {
      throw new BadRecordException(at, "no metadata at the place that the header names");
    }
    return ChunkLayout.read(record, previous);
  }

  /** Loads a whole record and returns a cursor that stands before its type number. */
  private RecordBytes record(long at) throws IOException, BadRecordException {
    int index = window.view(at, RECORD_HEAD_BYTES, end);
    int limit = (int) Math.min(window.length(), end - window.start());
    long size = cursor.reset(window.bytes(), index, limit, window.start()).varint();
    if (size <= 0 || size > end - at) {
      throw badSize(at, size);
    }
    if (size > Window.MAX_BYTES) {
      throw tooLarge(at, size);
    }
    index = window.view(at, (int) size, end);
    cursor.reset(window.bytes(), index, index + (int) size, window.start()).varint();
    return cursor;
  }

  private BadRecordException badSize(long at, long size) {
    return new BadRecordException(
        at, "a record claims " + size + " bytes where the chunk has " + (end - at) + " left");
  }

  private static BadRecordException tooLarge(long at, long size) {
    return new BadRecordException(
        at, "a record of " + size + " bytes is larger than the limit of " + Window.MAX_BYTES);
  }

  /** Prepares the tables by which records are told apart. */
  private void bind() {
    long last = 0;
    for (ChunkLayout.EventType eventType : layout.eventTypes()) {
      last = Math.max(last, eventType.type().id());
    }
    directEntries = new Entry[(int) Math.min(last + 1, DIRECT_TYPES)];
    for (ChunkLayout.EventType eventType : layout.eventTypes()) {
      EventCursor.Binding[] bound =
          eventType.plans().stream()
              .map(plan -> new EventCursor.Binding(plan, this))
              .toArray(EventCursor.Binding[]::new);
      long id = eventType.type().id();
      if (id >= 0 && id < directEntries.length) {
        directEntries[(int) id] = new Entry(bound);
      } else {
        otherEntries.put(id, new Entry(bound));
      }
    }
  }

  /**
   * Moves to the next selected event.
   *
   * @return the cursor that shows it, or null at the chunk's end
   */
  EventCursor next() throws IOException, BadRecordException {
    if (delivered < bindings.length) {
      return deliver();
    }
    while (position < end) {
      if (scanner != null && scanner.recordEnd(position) == RecordScanner.NONE) {
        passOverDamage();
        continue;
      }
      int p = window.view(position, RECORD_HEAD_BYTES, end);
      byte[] b = window.bytes();
      long size = Bytes.varint(b, p);
      int q = p + Bytes.varintLength(b, p);
      long typeId = Bytes.varint(b, q);
      q += Bytes.varintLength(b, q);
      if (size < q - p || size > end - position) {
        throw badSize(position, size);
      }
      Entry entry =
          typeId >= 0 && typeId < directEntries.length
              ? directEntries[(int) typeId]
              : otherEntries.get(typeId);
      recordPosition = position;
      position += size;
      if (entry == null) {
        continue; // metadata, a checkpoint, or a type that is not declared: skipped by all readers
      }
      events++;
      if (entry.bindings.length == 0) {
        continue;
      }
      if (p + size <= window.length()) {
        payload = q;
      } else {
        if (size > Window.MAX_BYTES) {
          throw tooLarge(recordPosition, size);
        }
        int head = q - p;
        p = window.view(recordPosition, (int) size, end);
        payload = p + head;
      }
      recordEnd = p + (int) size;
      if (bindings != entry.bindings) {
        bindings = entry.bindings;
      }
      delivered = 0;
      return deliver();
    }
    return null;
  }

  private void passOverDamage() throws IOException {
    long from = position;
    position = endByItsSize(scanner, from);
    if (position != RecordScanner.NONE) {
      lose(from, position - from, "a record does not decode");
    } else {
      position = scanner.resume(from + 1);
      lose(from, position - from, "no records can be made out");
    }
  }

  /**
   * Where a record that does not decode ends by what it says of its size, if a sound one begins
   * there; otherwise {@link RecordScanner#NONE}.
   */
  private long endByItsSize(RecordScanner by, long from) throws IOException {
    int p = window.view(from, RECORD_HEAD_BYTES, end);
    long size = Bytes.varint(window.bytes(), p);
    return size > 0 && size < end - from && by.recordEnd(from + size) != RecordScanner.NONE
        ? from + size
        : RecordScanner.NONE;
  }

  /**
   * Copies the sound records, in {@link ReadMode#SALVAGE}.
   *
   * @return whether there was anything to copy: records cannot be told from damage without metadata
   */
  boolean copySound(SoundCopy copy) throws IOException {
    if (scanner == null || layout == null) {
      return false;
    }
    RecordScanner again =
        new RecordScanner(window, start, end, layout.metadata(), layout.compiler());
    ConstantPools none = new ConstantPools(source, layout, start, end);
    copy.beginChunk();
    long at = start + ChunkHeader.BYTES;
    while (at < end) {
      long next = again.recordEnd(at);
      if (next == RecordScanner.NONE) {
        next = endByItsSize(again, at);
        at = next != RecordScanner.NONE ? next : again.resume(at + 1);
        continue;
      }
      copyRecord(copy, none, at, next);
      at = next;
    }
    copy.endChunk(header, layout);
    return true;
  }

  private void copyRecord(SoundCopy copy, ConstantPools none, long at, long recordEndPosition)
      throws IOException {
    int length = (int) (recordEndPosition - at);
    int p = window.view(at, length, end);
    byte[] b = window.bytes();
    long type = Bytes.varint(b, p + Bytes.varintLength(b, p));
    if (type == Metadata.TYPE) {
      return; // the copy has one at the end of the chunk
    }
    if (type != CheckpointHead.TYPE) {
      copy.event(b, p, length);
      return;
    }
    try {
      CheckpointHead head = CheckpointHead.read(window, at, recordEndPosition);
      ConstantPools.SoundPools pools = none.soundPools(window, head, recordEndPosition);
      int size = (int) (pools.end() - head.poolsPosition());
      p = window.view(head.poolsPosition(), size, end);
      copy.checkpoint(head, window.bytes(), p, size, pools.count());
    } catch (BadRecordException e) {
      throw new AssertionError("a checkpoint that was scanned does not decode", e);
    }
  }

  private EventCursor deliver() throws BadRecordException {
    EventCursor.Binding binding = bindings[delivered++];
    if (!binding.cursor.load(
        binding, window.bytes(), payload, recordEnd, window.start(), recordPosition)) {
      throw new BadRecordException(
          recordPosition, "an event of type " + binding.type.name() + " runs past its end");
    }
    return binding.cursor;
  }
}
