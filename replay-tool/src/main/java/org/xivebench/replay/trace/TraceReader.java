package org.xivebench.replay.trace;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.xivebench.replay.InputException;
import org.xivebench.replay.jfr.DamagedRecordingException;
import org.xivebench.replay.jfr.EventCursor;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.jfr.RecordingException;

/**
 * Streams a trace in constant memory and in its order, and makes sure that it is one: that it has a
 * header and an end, that no event is missing, that it names no vCPU, server or source that the
 * header does not have, and that no value was altered. What is wrong comes out as an {@link
 * InputException} at the place where it is found; the last two checks, on the number of events and
 * on their digest, can only be made at the end.
 *
 * <p>In {@link ReadMode#SALVAGE} only a trace without a header is refused. The events that are
 * whole come in their order, and {@link #losses} tells what is not.
 */
public final class TraceReader implements Closeable {
  private final Path file;
  private final JfrReader recording;
  private final EventCursor headers;
  private final EventCursor servers;
  private final EventCursor sources;
  private final EventCursor ends;
  private final EventCursor strangers;

  /** By the number of the cursor; null where it shows no event of a kind. */
  private final EventDecoder[] decoders;

  private final TraceDigest digest = new TraceDigest();

  /** Where the event at work is put. */
  private TraceEvent event = new TraceEvent();

  private final TraceHeader header;
  private final TraceHeader.Names names;
  private final TraceLosses losses = new TraceLosses();
  private final boolean strict;
  private EventCursor cursorAhead;

  /** Sequence number of the last event delivered. */
  private long count;

  private boolean exhausted;
  private boolean ended;
  private boolean endSeen;
  private long statedCount;
  private long statedDigest;

  // Salvage only: an event behind a gap, and the one after it.
  private final TraceEvent doubtful = new TraceEvent();
  private final TraceEvent eventAhead = new TraceEvent();
  private boolean hasEventAhead;

  private TraceReader(Path file, JfrReader recording, boolean strict) throws IOException {
    this.file = file;
    this.recording = recording;
    this.strict = strict;
    if (!strict) {
      recording.fallbackMetadata(TraceTypes.metadata());
    }
    recording.on("jdk.DataLoss", this::dataLoss, "amount");
    this.headers =
        recording.select(
            TraceTypes.HEADER,
            "version",
            "mode",
            "origin",
            "vcpuCount",
            "sourceCount",
            "firstSource",
            "observed");
    this.servers = recording.select(TraceTypes.SERVER, "vcpu", "server");
    this.sources = recording.select(TraceTypes.SOURCE, "source", "lsi");
    this.ends = recording.select(TraceTypes.END, "count", "digest");
    List<EventDecoder> known = new ArrayList<>();
    ThreadNumbers threads = new ThreadNumbers();
    TraceKind.all().forEach(kind -> known.add(new EventDecoder(kind, recording, threads)));
    Set<String> knownNames =
        TraceKind.all().stream().map(TraceKind::jfrName).collect(Collectors.toSet());
    // An event of a later version would leave a gap; better to name it.
    this.strangers =
        recording.select(
            type ->
                type.name().startsWith(TraceKind.JFR_PREFIX)
                    && type.field("sequence") != null
                    && !knownNames.contains(type.name()));
    this.decoders = new EventDecoder[strangers.index() + 1];
    known.forEach(decoder -> decoders[decoder.cursor().index()] = decoder);
    this.header = readHeader();
    this.names = header.names();
    digest.add(header);
  }

  /** Opens a trace in {@link ReadMode#STRICT}. */
  public static TraceReader open(Path file) throws IOException {
    return open(file, ReadMode.STRICT);
  }

  /**
   * Opens a trace and reads its header.
   *
   * @throws InputException if the file cannot be read, or is no trace
   */
  public static TraceReader open(Path file, ReadMode mode) throws IOException {
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
    return open(file, () -> JfrReader.open(file, mode), mode);
  }

  /**
   * Reads a trace from a stream, once through.
   *
   * @param in closed by {@link #close}
   * @param name what messages call the trace
   * @throws InputException if it cannot be read, or is no trace
   */
  public static TraceReader open(InputStream in, Path name, ReadMode mode) throws IOException {
    return open(name, () -> JfrReader.open(in, name.toString(), mode), mode);
  }

  @FunctionalInterface
  private interface Opener {
    JfrReader open() throws IOException;
  }

  private static TraceReader open(Path file, Opener opener, ReadMode mode) throws IOException {
    JfrReader recording;
    try {
      recording = opener.open();
    } catch (RecordingException e) {
      throw inputException(file, e);
    }
    try {
      return new TraceReader(file, recording, mode == ReadMode.STRICT);
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
   * @return the event, in an object that the next call fills anew; null when the trace is over, and
   *     in {@link ReadMode#STRICT} was found to be whole
   * @throws InputException if the trace is damaged here, or stops early, in {@link ReadMode#STRICT}
   */
  public TraceEvent next() throws IOException {
    if (ended) {
      return null;
    }
    if (!(strict ? nextInOrder() : nextWhole())) {
      ended = true;
      finish();
      return null;
    }
    digest.add(event);
    return event;
  }

  /**
   * The same, into an object of the caller's.
   *
   * @return whether there was a next event
   */
  public boolean next(TraceEvent into) throws IOException {
    if (event != into) {
      if (cursorAhead != null) {
        TraceEvent unusedCopy = into.copyFrom(event); // what the cursor shows, no event as yet
      }
      event = into;
    }
    return next() != null;
  }

  /** What is lost of the trace, as far as it was read, in {@link ReadMode#SALVAGE}. */
  public TraceLosses losses() {
    return losses;
  }

  private boolean nextInOrder() throws IOException {
    if (!advance()) {
      return false;
    }
    if (event.sequence() != ++count) {
      throw new InputException(
          file,
          "event " + event.sequence(),
          event.sequence() > count
              ? TraceLosses.missing(count, event.sequence() - 1)
              : "comes again after event " + (count - 1));
    }
    return true;
  }

  /**
   * Moves to the next event whose number can be right: higher than those before, and if there is a
   * gap before it, followed by its successor. A number that was altered would otherwise make all
   * that follow it appear to come too late.
   */
  private boolean nextWhole() throws IOException {
    while (true) {
      if (hasEventAhead) {
        event.copyFrom(eventAhead);
        hasEventAhead = false;
      } else if (!advance()) {
        return false;
      }
      long sequence = event.sequence();
      if (sequence <= count) {
        losses.repeated();
        continue;
      }
      if (sequence > count + 1) {
        doubtful.copyFrom(event);
        boolean follows;
        if (advance()) {
          follows = event.sequence() == sequence + 1;
          eventAhead.copyFrom(event);
          hasEventAhead = true;
          event.copyFrom(doubtful);
        } else {
          follows = !endSeen || sequence == statedCount;
        }
        if (!follows) {
          losses.misnumbered();
          continue;
        }
        losses.gap(count + 1, sequence - 1);
      }
      count = sequence;
      return true;
    }
  }

  /** Moves to the next event that is in order by itself; false when there is none. */
  private boolean advance() throws IOException {
    EventCursor cursor;
    while (!exhausted && (cursor = nextCursor()) != null) {
      EventDecoder decoder = decoders[cursor.index()];
      if (endSeen) {
        String type = cursor.type().name();
        problem(
            new InputException(
                file, at(cursor), "an event of type " + type + " after the end event"),
            () -> losses.afterEnd());
      } else if (decoder != null) {
        if (!decoder.decode(event)) {
          requireFields(cursor, decoder.fieldCount());
        }
        String strange = names.problem(event);
        if (strange == null) {
          return true;
        }
        String where = "event " + event.sequence();
        problem(
            new InputException(file, where, strange), () -> losses.damage(where + ": " + strange));
      } else if (cursor == ends) {
        requireFields(cursor, 2);
        endSeen = true;
        statedCount = cursor.getLong(0);
        statedDigest = cursor.getLong(1);
      } else {
        EventCursor stray = cursor;
        problem(unexpected(stray), () -> losses.stray(stray.type().name()));
      }
    }
    exhausted = true;
    return false;
  }

  private void problem(InputException problem, Runnable loss) throws InputException {
    if (strict) {
      throw problem;
    }
    loss.run();
  }

  private void dataLoss(EventCursor loss) throws InputException {
    problem(
        new InputException(
            file,
            at(loss),
            "the JVM that recorded the trace dropped "
                + loss.getLong(0)
                + " bytes of events (jdk.DataLoss); --salvage uses what is there"),
        () -> losses.dropped(loss.getLong(0)));
  }

  private void finish() throws InputException {
    recording.losses().forEach(loss -> losses.damage(loss.toString()));
    if (recording.unfinishedChunks() > 0) {
      losses.damage("the JVM that recorded the trace was killed before it had written all of it");
    }
    if (!endSeen) {
      problem(
          new InputException(
              file,
              "stops early: after event "
                  + count
                  + " there is neither another one nor the end event; it was cut off, or its"
                  + " recording was interrupted; --salvage uses what is there"),
          () -> losses.stopsEarly(count));
      return;
    }
    if (statedCount != count) {
      problem(
          new InputException(
              file, "the end event counts " + statedCount + " events, but " + count + " were read"),
          () -> {
            if (statedCount > count) {
              losses.gap(count + 1, statedCount);
            } else {
              losses.damage("the end event counts only " + statedCount + " events");
            }
          });
    }
    if (losses.isEmpty() && statedDigest != digest.value()) {
      String altered = "its events do not have the digest that its end event states";
      problem(
          new InputException(file, "is damaged: " + altered),
          () -> losses.damage(altered + ": a value was altered, nothing tells which"));
    }
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
    Set<TraceKind> observed = TraceHeader.kindsOf(cursor.getString(6));
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
        cursorAhead = cursor;
        break;
      }
    }
    if (serverNumbers.size() != vcpuCount || sourceList.size() != sourceCount) {
      String lacks =
          "the trace's header should name %d vCPUs and %d sources, but names %d and %d"
              .formatted(vcpuCount, sourceCount, serverNumbers.size(), sourceList.size());
      if (strict || serverNumbers.size() != vcpuCount) {
        throw new InputException(file, lacks);
      }
      losses.damage(lacks);
    }
    return new TraceHeader(version, mode, origin, firstSource, serverNumbers, sourceList, observed);
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
    if (cursorAhead != null) {
      EventCursor cursor = cursorAhead;
      cursorAhead = null;
      return cursor;
    }
    try {
      return recording.next(event.words(), event.base());
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
