package org.xivebench.replay.jfr;

import java.io.IOException;

/** Finds where chunks begin and end, and checks their headers. */
final class ChunkFinder {
  private static final int SEARCH_BYTES = 1 << 16;
  private static final int MAX_MINOR = 9;

  /**
   * A chunk of a recording that may be damaged.
   *
   * @param header as it stands in the file, but for values that cannot be right
   * @param end position after the last byte that can belong to the chunk
   * @param problem what is wrong with the header, or null
   */
  record Found(ChunkHeader header, long end, String problem) {}

  private final RecordingSource source;
  private final byte[] headerBytes = new byte[ChunkHeader.BYTES];
  private Window search;

  ChunkFinder(RecordingSource source) {
    this.source = source;
  }

  /** Reads the header at {@code position} and refuses what is none or of another format. */
  ChunkHeader header(long position, int number) throws IOException {
    int length = source.read(position, headerBytes, 0, ChunkHeader.BYTES);
    if (length < 4 || Bytes.getInt(headerBytes, 0) != ChunkHeader.MAGIC) {
      if (number == 1) {
        throw notARecording(position);
      }
      throw new DamagedRecordingException(
          source.name(), 0, position, "no chunk begins here" + endReason());
    }
    if (length < ChunkHeader.BYTES) {
      throw new DamagedRecordingException(
          source.name(),
          number,
          position,
          "the header is cut off after "
              + length
              + " of "
              + ChunkHeader.BYTES
              + " bytes"
              + endReason());
    }
    ChunkHeader header = ChunkHeader.parse(headerBytes, 0, number, position);
    if (header.major() != 1 && header.major() != 2) {
      throw unsupported(header);
    }
    if (!header.hasCompressedIntegers() && header.major() == 2) {
      throw new UnsupportedRecordingException(
          source.name(), "chunk " + number + " stores integers uncompressed, which is not read");
    }
    return header;
  }

  /** Says what stands where the first chunk should begin. */
  RecordingException notARecording(long position) throws IOException {
    int length = source.read(position, headerBytes, 0, ChunkHeader.BYTES);
    if (length == 0) {
      String reason = source.endReason();
      return new UnsupportedRecordingException(
          source.name(),
          "not a flight recording: it is empty" + (reason == null ? "" : "; " + reason));
    }
    if (length == ChunkHeader.BYTES && Bytes.getInt(headerBytes, 0) == ChunkHeader.MAGIC) {
      ChunkHeader header = ChunkHeader.parse(headerBytes, 0, 1, position);
      if (header.major() != 1 && header.major() != 2) {
        return unsupported(header);
      }
    }
    if (length >= 4 && Bytes.getInt(headerBytes, 0) == ChunkHeader.MAGIC) {
      return new DamagedRecordingException(
          source.name(), 1, position, "the header is cut off or damaged" + endReason());
    }
    return new UnsupportedRecordingException(
        source.name(), "not a flight recording: it does not begin with 'FLR'");
  }

  private UnsupportedRecordingException unsupported(ChunkHeader header) {
    String version = header.major() + "." + header.minor();
    return new UnsupportedRecordingException(
        source.name(),
        header.major() == 0
            ? "format "
                + version
                + ", of JRockit or Oracle JDK 7 or 8, is not read; JDK Mission"
                + " Control opens it"
            : "unknown format version " + version + "; 1.x and 2.x are read");
  }

  private String endReason() {
    return source.endReason() == null ? "" : "; " + source.endReason();
  }

  /** The end of a chunk whose header holds together; refuses any other. */
  long end(ChunkHeader header) throws IOException {
    String problem = problem(header);
    if (problem != null) {
      throw new DamagedRecordingException(
          source.name(), header.number(), header.position(), problem + endReason());
    }
    return header.position() + header.size();
  }

  /** What a header says that cannot be, or null. */
  private String problem(ChunkHeader header) throws IOException {
    long size = header.size();
    if (size == 0) {
      return "the header gives no size: the chunk's JVM was killed before it wrote one";
    }
    if (size < ChunkHeader.BYTES) {
      return "the header gives a size of " + size + " bytes, less than its own";
    }
    if (size > Long.MAX_VALUE - header.position()) {
      return "the header gives a size of " + size + " bytes";
    }
    long end = header.position() + size;
    long reached = source.reach(end);
    if (reached < end) {
      return "the header gives a size of "
          + size
          + " bytes, but the recording ends after "
          + (reached - header.position());
    }
    if (header.metadataOffset() < ChunkHeader.BYTES || header.metadataOffset() >= size) {
      return "the header places the metadata at byte " + header.metadataOffset() + " of " + size;
    }
    if (header.constantPoolOffset() != 0
        && (header.constantPoolOffset() < ChunkHeader.BYTES
            || header.constantPoolOffset() >= size)) {
      return "the header places the constants at byte "
          + header.constantPoolOffset()
          + " of "
          + size;
    }
    if (header.ticksPerSecond() <= 0) {
      return "the header gives " + header.ticksPerSecond() + " ticks a second";
    }
    return null;
  }

  /** Finds the first chunk at or after {@code position}; null when there is none. */
  Found next(long position, int number) throws IOException {
    long at = position;
    ChunkHeader header = headerAt(at, number);
    String note = null;
    if (header == null) {
      header = consistentHeader(at, number);
      if (header != null) {
        note = "the header's magic or version is damaged";
      }
    }
    if (header == null) {
      at = search(position + 1, Long.MAX_VALUE, null);
      if (at < 0) {
        return null;
      }
      header = headerAt(at, number);
    }
    String problem = problem(header);
    long end = salvageEnd(header);
    if (problem == null && end != at + header.size()) {
      problem =
          "the header gives a size of " + header.size() + " bytes, but no chunk or end is there";
    }
    return new Found(header, end, note != null ? note : problem);
  }

  /** The header at a place, or null if there cannot be one. */
  private ChunkHeader headerAt(long at, int number) throws IOException {
    if (source.read(at, headerBytes, 0, ChunkHeader.BYTES) < ChunkHeader.BYTES
        || Bytes.getInt(headerBytes, 0) != ChunkHeader.MAGIC) {
      return null;
    }
    ChunkHeader header = ChunkHeader.parse(headerBytes, 0, number, at);
    return (header.major() == 1 || header.major() == 2) && header.minor() <= MAX_MINOR
        ? header
        : null;
  }

  /** The header at a place where only its first eight bytes are damaged, or null. */
  private ChunkHeader consistentHeader(long at, int number) throws IOException {
    if (source.read(at, headerBytes, 0, ChunkHeader.BYTES) < ChunkHeader.BYTES) {
      return null;
    }
    ChunkHeader header = ChunkHeader.parse(headerBytes, 0, number, at);
    boolean magic = Bytes.getInt(headerBytes, 0) == ChunkHeader.MAGIC;
    boolean version = header.major() == 1 || header.major() == 2;
    // 0.9 has its magic, its version, and another header behind them.
    return magic != version && header.major() != 0 && problem(header) == null && endsChunk(header)
        ? header
        : null;
  }

  /** Whether a chunk or the end of the recording follows where the header says. */
  private boolean endsChunk(ChunkHeader header) throws IOException {
    long end = header.position() + header.size();
    return source.reach(end + 1) == end || headerAt(end, 0) != null;
  }

  private long salvageEnd(ChunkHeader header) throws IOException {
    long start = header.position();
    long size = header.size();
    boolean possible =
        size >= ChunkHeader.BYTES
            && size <= Long.MAX_VALUE - start
            && source.reach(start + size) == start + size;
    if (possible && endsChunk(header)) {
      return start + size;
    }
    // A JVM that was killed leaves records behind what it flushed, which the header leaves out.
    boolean bounded = possible && header.isFinished();
    long next = search(start + ChunkHeader.BYTES, bounded ? start + size : Long.MAX_VALUE, header);
    if (next >= 0) {
      return next;
    }
    return bounded ? start + size : source.reach(Long.MAX_VALUE);
  }

  /**
   * The first place from {@code from} on, before {@code limit}, that looks like a header; or -1.
   *
   * @param within the chunk in which the search goes on, or null
   */
  private long search(long from, long limit, ChunkHeader within) throws IOException {
    if (search == null) {
      search = new Window(source, SEARCH_BYTES);
    }
    long at = from;
    while (at < limit) {
      int p = search.view(at, SEARCH_BYTES, Long.MAX_VALUE);
      byte[] b = search.bytes();
      int last = search.length() - ChunkHeader.BYTES;
      for (; p <= last; p++) {
        if (b[p] == 'F' && Bytes.getInt(b, p) == ChunkHeader.MAGIC) {
          long place = search.start() + p;
          if (place >= limit) {
            return -1;
          }
          ChunkHeader found = headerAt(place, 0);
          if (found != null && !isCopy(found, within)) {
            return place;
          }
        }
      }
      if (search.length() < SEARCH_BYTES) {
        return -1;
      }
      at = search.start() + last + 1;
    }
    return -1;
  }

  /**
   * Whether a header is the copy of the chunk's own that a JVM puts into the checkpoint of each
   * flush: it begins the same, and its size ends behind itself.
   */
  private static boolean isCopy(ChunkHeader found, ChunkHeader chunk) {
    return chunk != null
        && found.startNanos() == chunk.startNanos()
        && found.startTicks() == chunk.startTicks()
        && found.size() == found.position() - chunk.position() + ChunkHeader.BYTES;
  }
}
