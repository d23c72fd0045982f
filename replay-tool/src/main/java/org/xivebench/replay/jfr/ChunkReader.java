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

  private static final long METADATA_TYPE = 0;
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
  private final FieldProgram.Compiler compiler = new FieldProgram.Compiler();
  private final Entry[] directEntries;
  private final Map<Long, Entry> otherEntries = new HashMap<>();
  private Metadata metadata;
  private ConstantPools pools;

  /** The next record. */
  private long position;

  /** Of the current record: bindings, and how many of them have been delivered. */
  private EventCursor.Binding[] bindings = NONE;

  private int delivered;
  private long recordPosition;
  private int payload;
  private int recordEnd;
  private long events;

  ChunkReader(RecordingSource source, ChunkHeader header, TickClock clock, long end) {
    this.source = source;
    this.header = header;
    this.clock = clock;
    this.start = header.position();
    this.end = end;
    this.position = start + ChunkHeader.BYTES;
    this.window =
        new Window(source, (int) Math.min(WINDOW_BYTES, Math.max(1024, end - header.position())));
    this.directEntries = new Entry[DIRECT_TYPES];
  }

  ChunkHeader header() {
    return header;
  }

  TickClock clock() {
    return clock;
  }

  Metadata metadata() {
    return metadata;
  }

  ConstantPools pools() {
    return pools;
  }

  long events() {
    return events;
  }

  /** Reads what must be known before the first event. */
  void prepare(List<EventCursor> cursors) throws IOException, BadRecordException {
    metadata = readMetadata(start + header.metadataOffset());
    pools = new ConstantPools(source, metadata, compiler, end);
    boolean constants = bind(cursors, false);
    if (constants && header.constantPoolOffset() != 0) {
      indexConstants();
    }
    link();
  }

  private Metadata readMetadata(long at) throws IOException, BadRecordException {
    RecordBytes record = record(at);
    if (record.varint() != METADATA_TYPE) {
      throw new BadRecordException(at, "no metadata at the place that the header names");
    }
    return Metadata.parse(record);
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

  private boolean bind(List<EventCursor> cursors, boolean toTheEnd) throws BadRecordException {
    boolean constants = false;
    for (TypeInfo type : metadata.types()) {
      if (!type.isEvent()) {
        continue;
      }
      EventCursor.Binding[] bound = new EventCursor.Binding[cursors.size()];
      int count = 0;
      try {
        for (EventCursor selection : cursors) {
          EventCursor.Binding binding = selection.bind(type, this, compiler, pools, toTheEnd);
          if (binding != null) {
            bound[count++] = binding;
            constants |= binding.needsConstants();
          }
        }
      } catch (FieldProgram.UnusableTypeException e) {
        throw new BadRecordException(start + header.metadataOffset(), e.getMessage());
      }
      Entry entry = new Entry(count == 0 ? NONE : Arrays.copyOf(bound, count));
      if (type.id() >= 0 && type.id() < DIRECT_TYPES) {
        directEntries[(int) type.id()] = entry;
      } else {
        otherEntries.put(type.id(), entry);
      }
    }
    return constants;
  }

  private void link() {
    for (Entry entry : directEntries) {
      link(entry);
    }
    otherEntries.values().forEach(this::link);
  }

  private void link(Entry entry) {
    if (entry != null) {
      for (EventCursor.Binding binding : entry.bindings) {
        binding.link(pools);
      }
    }
  }

  /** Follows the chain of checkpoints from the last to the first, then indexes them in order. */
  private void indexConstants() throws IOException, BadRecordException {
    long[] chain = new long[16];
    int length = 0;
    long at = start + header.constantPoolOffset();
    while (true) {
      if (length == chain.length) {
        chain = Arrays.copyOf(chain, length * 2);
      }
      chain[length++] = at;
      CheckpointHead head = CheckpointHead.read(window, at, end);
      if (head.previousDelta() == 0) {
        break;
      }
      long previous = at + head.previousDelta();
      if (previous >= at || previous < start + ChunkHeader.BYTES) {
        throw new BadRecordException(
            at, "a checkpoint names byte " + previous + " as the one before it");
      }
      at = previous;
    }
    for (int i = length - 1; i >= 0; i--) {
      int index = window.view(chain[i], RECORD_HEAD_BYTES, end);
      int limit = (int) Math.min(window.length(), end - window.start());
      long size = cursor.reset(window.bytes(), index, limit, window.start()).varint();
      if (size <= 0 || size > end - chain[i]) {
        throw badSize(chain[i], size);
      }
      pools.index(
          window,
          chain[i],
          size,
          (from, to, why) -> {
            throw why;
          });
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
          typeId >= 0 && typeId < DIRECT_TYPES
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
      if (size > Window.MAX_BYTES) {
        throw tooLarge(recordPosition, size);
      }
      int head = q - p;
      p = window.view(recordPosition, (int) size, end);
      payload = p + head;
      recordEnd = p + (int) size;
      bindings = entry.bindings;
      delivered = 0;
      return deliver();
    }
    return null;
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
