package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a chunk's metadata says, and what was compiled from it for the reader's selections. The
 * chunks of one JVM mostly repeat their metadata byte for byte; then the layout of the chunk before
 * serves again.
 */
final class ChunkLayout {
  /** An event type and what the selections make of it. */
  record EventType(TypeInfo type, List<EventCursor.Plan> plans) {}

  private final Metadata metadata;

  /** The metadata record behind its version number; empty if not to be compared. */
  private final byte[] content;

  private final FieldProgram.Compiler compiler = new FieldProgram.Compiler();
  private List<EventType> eventTypes;
  private boolean needsConstants;

  private ChunkLayout(Metadata metadata, byte[] content) {
    this.metadata = metadata;
    this.content = content;
  }

  /** A layout by metadata of which there is no whole record. */
  static ChunkLayout of(Metadata metadata) {
    return new ChunkLayout(metadata, new byte[0]);
  }

  /**
   * Reads a metadata record.
   *
   * @param in positioned after the record's type
   * @param previous layout of the chunk before, or null
   */
  static ChunkLayout read(RecordBytes in, ChunkLayout previous) throws BadRecordException {
    Metadata.skipHead(in);
    int from = in.index();
    byte[] bytes = in.bytes();
    if (previous != null
        && Arrays.equals(bytes, from, in.end(), previous.content, 0, previous.content.length)) {
      return previous;
    }
    Metadata metadata = Metadata.parseContent(in);
    return new ChunkLayout(metadata, Arrays.copyOfRange(bytes, from, in.end()));
  }

  /** The metadata record behind its version number; empty if there is no whole one. */
  byte[] content() {
    return content;
  }

  Metadata metadata() {
    return metadata;
  }

  FieldProgram.Compiler compiler() {
    return compiler;
  }

  /** Compiles the selections; does nothing when that is done. */
  void compile(List<EventCursor> cursors, boolean toTheEnd)
      throws FieldProgram.UnusableTypeException {
    if (eventTypes != null) {
      return;
    }
    List<EventType> compiled = new ArrayList<>();
    for (TypeInfo type : metadata.types()) {
      if (type.isEvent()) {
        List<EventCursor.Plan> plans = new ArrayList<>();
        for (EventCursor cursor : cursors) {
          EventCursor.Plan plan = cursor.plan(type, compiler, toTheEnd);
          if (plan != null) {
            plans.add(plan);
            needsConstants |= plan.needsConstants();
          }
        }
        compiled.add(new EventType(type, plans));
      }
    }
    eventTypes = compiled;
  }

  List<EventType> eventTypes() {
    return eventTypes;
  }

  /** Whether a selection asks for something that may lie in the chunk's constant pools. */
  boolean needsConstants() {
    return needsConstants;
  }
}
