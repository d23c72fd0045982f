package org.xivebench.replay.trace;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.replay.InputException;
import org.xivebench.replay.jfr.DamagedRecordingException;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.RecordingException;
import org.xivebench.replay.jfr.TypeInfo;

/**
 * Streams a trace in constant memory and in its order, and makes sure that it is one: that it has a
 * header and an end, that no event is missing, that it names no vCPU, server or source that the
 * header does not have, and that no value was altered. What is wrong comes out as an {@link
 * InputException} at the place where it is found; the last two checks, on the number of events and
 * on their digest, can only be made at the end.
 */
public final class TraceReader implements Closeable {
  /** Slots that all kinds have in common. */
  private static final int TIME = 0;

  private static final int THREAD = 1;
  private static final int SEQUENCE = 2;
  private static final int VCPU = 3;
  private static final int FIRST_FIELD = 4;

  private final Path file;
  private final JfrReader recording;
  private final EventCursor headers;
  private final EventCursor servers;
  private final EventCursor sources;
  private final EventCursor ends;
  private final EventCursor strangers;
  private final IdentityHashMap<EventCursor, TraceKind> kinds = new IdentityHashMap<>();
  private final TypeInfo[] checkedTypes = new TypeInfo[TraceKind.all().size()];
  private final TraceDigest digest = new TraceDigest();
  private final TraceEvent event = new TraceEvent();
  private final TraceHeader header;
  private final TraceHeader.Names names;
  private EventCursor ahead;
  private long count;
  private boolean ended;

  private TraceReader(Path file, JfrReader recording) throws IOException {
    this.file = file;
    this.recording = recording;
    this.headers =
        recording.select(
            TraceChunk.HEADER,
            "version",
            "mode",
            "origin",
            "vcpuCount",
            "sourceCount",
            "firstSource");
    this.servers = recording.select(TraceChunk.SERVER, "vcpu", "server");
    this.sources = recording.select(TraceChunk.SOURCE, "source", "lsi");
    this.ends = recording.select(TraceChunk.END, "count", "digest");
    for (TraceKind kind : TraceKind.all()) {
      List<String> paths =
          new ArrayList<>(List.of("startTime", "eventThread.osThreadId", "sequence", "vcpu"));
      kind.fields().forEach(field -> paths.add(field.jfrName()));
      kinds.put(recording.select(kind.jfrName(), paths.toArray(String[]::new)), kind);
    }
    Set<String> known =
        TraceKind.all().stream().map(TraceKind::jfrName).collect(Collectors.toSet());
    // An event of a later version would leave a gap; better to name it.
    this.strangers =
        recording.select(
            type ->
                type.name().startsWith(TraceKind.JFR_PREFIX)
                    && type.field("sequence") != null
                    && !known.contains(type.name()));
    this.header = readHeader();
    this.names = header.names();
    digest.add(header);
  }

  /**
   * Opens a trace and reads its header.
   *
   * @throws InputException if the file cannot be read, or is no trace
   */
  public static TraceReader open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new InputException(file, "there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new InputException(file, "is a folder; a trace is a file");
    }
    if (!Files.isReadable(file)) {
      throw new InputException(file, "cannot be read: permission denied");
    }
    if (Files.isRegularFile(file) && Files.size(file) == 0) {
      throw new InputException(file, "is empty");
    }
    JfrReader recording;
    try {
      recording = JfrReader.open(file);
    } catch (RecordingException e) {
      throw inputException(file, e);
    }
    try {
      return new TraceReader(file, recording);
    } catch (IOException e) {
      recording.close();
      throw e;
    }
  }

  /** What the trace says of the machine. */
  public TraceHeader header() {
    return header;
  }

  /**
   * The next event.
   *
   * @return the event, in an object that the next call fills anew; null when the trace is over and
   *     was found to be whole
   * @throws InputException if the trace is damaged here, or stops early
   */
  public TraceEvent next() throws IOException {
    if (ended) {
      return null;
    }
    EventCursor cursor = ahead != null ? ahead : nextCursor();
    ahead = null;
    if (cursor == null) {
      throw new InputException(
          file,
          "stops early: after event "
              + count
              + " there is neither another one nor the end event; it was cut off, or its recording"
              + " was interrupted");
    }
    TraceKind kind = kinds.get(cursor);
    if (kind == null) {
      if (cursor == ends) {
        finish(cursor);
        return null;
      }
      throw unexpected(cursor);
    }
    decode(cursor, kind);
    check(kind, cursor);
    digest.add(event);
    return event;
  }

  private void decode(EventCursor cursor, TraceKind kind) throws InputException {
    if (checkedTypes[kind.index()] != cursor.type()) {
      requireFields(cursor, FIRST_FIELD + kind.fields().size());
      checkedTypes[kind.index()] = cursor.type();
    }
    event.begin(kind, cursor.getNanos(TIME), cursor.getInt(VCPU), cursor.getLong(THREAD));
    event.sequence(cursor.getLong(SEQUENCE));
    for (int i = 0; i < kind.fields().size(); i++) {
      event.valueAt(i, cursor.getLong(FIRST_FIELD + i));
    }
  }

  private void check(TraceKind kind, EventCursor cursor) throws InputException {
    if (event.sequence() != ++count) {
      throw new InputException(
          file,
          at(cursor),
          event.sequence() > count
              ? "events " + count + " to " + (event.sequence() - 1) + " are missing"
              : "event " + event.sequence() + " comes again after event " + (count - 1));
    }
    if (event.vcpu() != TraceEvent.NO_VCPU && !names.hasVcpu(event.vcpu())) {
      throw unknown("vCPU", event.vcpu(), header.vcpuCount() + " vCPUs");
    }
    List<TraceField> fields = kind.fields();
    for (int i = 0; i < fields.size(); i++) {
      long value = event.valueAt(i);
      switch (fields.get(i).check()) {
        case NOTHING -> {}
        case SOURCE -> {
          if (!names.hasSource(value)) {
            throw unknown("source", value, header.sources().size() + " sources");
          }
        }
        case SERVER -> {
          if (!names.hasServer(value)) {
            throw unknown("server", value, "servers " + header.servers());
          }
        }
        case VCPU -> {
          if (!names.hasVcpu(value)) {
            throw unknown("vCPU", value, header.vcpuCount() + " vCPUs");
          }
        }
      }
    }
  }

  private InputException unknown(String what, long number, String has) {
    return new InputException(
        file,
        "event " + event.sequence(),
        event.kind().jfrName()
            + " names "
            + what
            + " "
            + (what.equals("source") ? "0x" + Long.toHexString(number) : Long.toString(number))
            + ", which the trace's header does not have ("
            + has
            + ")");
  }

  private void finish(EventCursor end) throws IOException {
    requireFields(end, 2);
    if (end.getLong(0) != count) {
      throw new InputException(
          file,
          at(end),
          "the end event counts " + end.getLong(0) + " events, but " + count + " were read");
    }
    if (end.getLong(1) != digest.value()) {
      throw new InputException(
          file, "is damaged: its events do not have the digest that its end event states");
    }
    EventCursor more = nextCursor();
    if (more != null) {
      throw new InputException(
          file, at(more), "an event of type " + more.type().name() + " after the end event");
    }
    ended = true;
  }

  private TraceHeader readHeader() throws IOException {
    EventCursor cursor = nextCursor();
    if (cursor == null) {
      throw new InputException(
          file,
          "holds no org.xivebench event: it is a recording, but no trace; 'xivebench import' makes"
              + " traces");
    }
    if (cursor != headers) {
      throw new InputException(
          file, at(cursor), "begins with " + cursor.type().name() + "; its header is missing");
    }
    requireFields(cursor, 6);
    int version = cursor.getInt(0);
    if (version != TraceHeader.VERSION) {
      throw new InputException(
          file,
          "is a trace of format version "
              + version
              + "; this program reads version "
              + TraceHeader.VERSION);
    }
    TraceMode mode = TraceMode.of(cursor.getString(1));
    if (mode == null) {
      throw new InputException(
          file, at(cursor), "unknown mode '" + cursor.getString(1) + "' in the trace's header");
    }
    String origin = cursor.getString(2);
    int vcpuCount = cursor.getInt(3);
    int sourceCount = cursor.getInt(4);
    int firstSource = cursor.getInt(5);
    List<Integer> serverNumbers = new ArrayList<>();
    List<TraceHeader.Source> sourceList = new ArrayList<>();
    while ((cursor = nextCursor()) != null) {
      if (cursor == servers) {
        requireFields(cursor, 2);
        if (cursor.getInt(0) != serverNumbers.size()) {
          throw new InputException(
              file, at(cursor), "the header names vCPU " + cursor.getInt(0) + " out of order");
        }
        serverNumbers.add(cursor.getInt(1));
      } else if (cursor == sources) {
        requireFields(cursor, 2);
        sourceList.add(new TraceHeader.Source(cursor.getInt(0), cursor.getBoolean(1)));
      } else {
        ahead = cursor;
        break;
      }
    }
    if (serverNumbers.size() != vcpuCount || sourceList.size() != sourceCount) {
      throw new InputException(
          file,
          "the trace's header should name %d vCPUs and %d sources, but names %d and %d"
              .formatted(vcpuCount, sourceCount, serverNumbers.size(), sourceList.size()));
    }
    return new TraceHeader(version, mode, origin, firstSource, serverNumbers, sourceList);
  }

  private InputException unexpected(EventCursor cursor) {
    return cursor == strangers
        ? new InputException(
            file,
            at(cursor),
            "events of type "
                + cursor.type().name()
                + " are not known to this program; a later"
                + " version wrote the trace")
        : new InputException(
            file,
            at(cursor),
            "an event of type " + cursor.type().name() + " in the middle of the trace");
  }

  private void requireFields(EventCursor cursor, int fields) throws InputException {
    for (int slot = 0; slot < fields; slot++) {
      if (!cursor.has(slot)) {
        throw new InputException(
            file,
            at(cursor),
            "events of type "
                + cursor.type().name()
                + " lack a field; they have "
                + cursor.type().fields().stream()
                    .map(Object::toString)
                    .collect(Collectors.joining(", ")));
      }
    }
  }

  private EventCursor nextCursor() throws IOException {
    try {
      return recording.next();
    } catch (RecordingException e) {
      throw inputException(file, e);
    }
  }

  private static InputException inputException(Path file, RecordingException e) {
    if (e instanceof DamagedRecordingException damage) {
      return new InputException(
          file,
          (damage.chunk() > 0 ? "chunk " + damage.chunk() + ", " : "") + "byte " + damage.offset(),
          "is damaged: " + damage.reason(),
          e);
    }
    String message = e.getMessage();
    String prefix = e.file() + ": ";
    return new InputException(
        file, message.startsWith(prefix) ? message.substring(prefix.length()) : message, e);
  }

  private static String at(EventCursor cursor) {
    return "byte " + cursor.position();
  }

  /** Closes the file. */
  @Override
  public void close() throws IOException {
    recording.close();
  }
}
