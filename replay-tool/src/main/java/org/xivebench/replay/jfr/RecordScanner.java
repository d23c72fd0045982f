package org.xivebench.replay.jfr;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the records of a chunk that is damaged. A record is believed when its type is known and its
 * content, decoded by that type, ends exactly where its size says. After bytes that are no record,
 * the next place is taken where several such records follow each other, or where a checkpoint that
 * the chain of checkpoints names stands.
 */
final class RecordScanner {
  static final long NONE = -1;

  private static final int HEAD_BYTES = 18;

  /**
   * Records in a row that are believed after a gap: four sizes and contents fit by chance never.
   */
  private static final int RECORDS_TO_TRUST = 4;

  /** The largest record that is tried while looking for a place to go on. */
  private static final int MAX_TRIED_BYTES = 1 << 20;

  private final Window window;
  private final long start;
  private final long end;
  private final Metadata metadata;
  private final FieldProgram.Compiler compiler;
  private final Map<Long, FieldProgram> programs = new HashMap<>();

  /** Bytes that may still be tried in gaps: keeps hostile input from costing quadratic time. */
  private long budget;

  private long[] anchors = {};

  RecordScanner(
      Window window, long start, long end, Metadata metadata, FieldProgram.Compiler compiler) {
    this.window = window;
    this.start = start;
    this.end = end;
    this.metadata = metadata;
    this.compiler = compiler;
    this.budget = 16 * (end - start) + MAX_TRIED_BYTES;
  }

  /** Names places, in ascending order, at which a record begins in any case. */
  void anchors(long[] positions) {
    anchors = positions;
  }

  /**
   * The position after the record at {@code at}, or {@link #NONE} when there is no sound record.
   */
  long recordEnd(long at, int maxBytes) throws IOException {
    int p = window.view(at, HEAD_BYTES, end);
    byte[] b = window.bytes();
    int limit = (int) Math.min(window.length(), end - window.start());
    if (p >= limit) {
      return NONE;
    }
    long size = Bytes.varint(b, p);
    int head = Bytes.varintLength(b, p);
    if (size <= head || size > end - at || size > maxBytes) {
      return NONE;
    }
    long type = Bytes.varint(b, p + head);
    head += Bytes.varintLength(b, p + head);
    if (size < head) {
      return NONE;
    }
    if (type == CheckpointHead.TYPE) {
      return isCheckpoint(at, at + size) ? at + size : NONE;
    }
    if (type == Metadata.TYPE) {
      return isMetadata(at, (int) size, head) ? at + size : NONE;
    }
    FieldProgram program = program(type);
    if (program == null) {
      return NONE;
    }
    p = window.view(at, (int) size, end);
    return program.skip(window.bytes(), p + head, p + (int) size) == p + (int) size
        ? at + size
        : NONE;
  }

  /** What {@link #recordEnd} says of a record of any size. */
  long recordEnd(long at) throws IOException {
    return recordEnd(at, Window.MAX_BYTES);
  }

  private boolean isCheckpoint(long at, long recordEnd) throws IOException {
    try {
      CheckpointHead head = CheckpointHead.read(window, at, recordEnd);
      return head.previousDelta() <= 0 && at + head.previousDelta() >= start + ChunkHeader.BYTES;
    } catch (BadRecordException e) {
      return false;
    }
  }

  private boolean isMetadata(long at, int size, int head) throws IOException {
    int p = window.view(at, size, end);
    try {
      Metadata.parse(new RecordBytes().reset(window.bytes(), p + head, p + size, window.start()));
      return true;
    } catch (BadRecordException e) {
      return false;
    }
  }

  private FieldProgram program(long typeId) {
    FieldProgram program = programs.get(typeId);
    if (program == null && !programs.containsKey(typeId)) {
      TypeInfo type = metadata.type(typeId);
      if (type != null && type.isEvent()) {
        try {
          program = compiler.skip(type);
        } catch (FieldProgram.UnusableTypeException e) {
          program = null; // its events cannot be told from damage
        }
      }
      programs.put(typeId, program);
    }
    return program;
  }

  /** The next place from {@code from} on at which records can be read again, or the chunk's end. */
  long resume(long from) throws IOException {
    for (long at = from; at < end; at++) {
      if (budget < 0) {
        return anchorFrom(at);
      }
      if (Arrays.binarySearch(anchors, at) >= 0 || trusted(at)) {
        return at;
      }
    }
    return end;
  }

  private long anchorFrom(long at) {
    int index = Arrays.binarySearch(anchors, at);
    int next = index >= 0 ? index : -index - 1;
    return next < anchors.length ? anchors[next] : end;
  }

  private boolean trusted(long candidate) throws IOException {
    long at = candidate;
    for (int i = 0; i < RECORDS_TO_TRUST; i++) {
      long next = recordEnd(at, MAX_TRIED_BYTES);
      budget -= next == NONE ? 1 : next - at;
      if (next == NONE) {
        return false;
      }
      if (next == end) {
        return i > 0;
      }
      at = next;
    }
    return true;
  }
}
