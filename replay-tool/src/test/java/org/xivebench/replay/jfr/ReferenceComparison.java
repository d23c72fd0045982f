package org.xivebench.replay.jfr;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedObject;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * Reads recordings with {@link JfrReader} and with the JDK's {@link RecordingFile} and compares
 * every event: type, start and end to the nanosecond, every field, every constant behind it to the
 * last structure, stack depth. {@code main} takes files and folders, prints one line for each
 * recording and exits with 1 if one differs.
 */
final class ReferenceComparison {
  /** How one recording came out. */
  record Result(long events, String difference, String ours, String reference, String note) {
    Result(long events, String difference, String ours, String reference) {
      this(events, difference, ours, reference, "");
    }

    /** Whether every event that RecordingFile can be trusted with came out the same. */
    boolean same() {
      return difference == null && ours == null && reference == null;
    }

    boolean refusedByBoth() {
      return ours != null && reference != null;
    }

    @Override
    public String toString() {
      if (difference != null) {
        return "DIFFERS after " + events + " events: " + difference;
      }
      if (refusedByBoth()) {
        return "refused by both; ours: " + ours;
      }
      if (ours != null) {
        return "REFUSED BY OURS ONLY after " + events + " events: " + ours;
      }
      if (reference != null) {
        return "refused by RecordingFile only after " + events + " events: " + reference;
      }
      return "same, " + events + " events" + note;
    }
  }

  /**
   * Structures of the chunk that have been compared, so that shared constants are looked at once.
   */
  private final IdentityHashMap<Object, Object> compared = new IdentityHashMap<>();

  private static final int MAX_DEPTH = 40;

  /** How long main waits for one recording: RecordingFile does not end on some damaged ones. */
  private static final long LIMIT_SECONDS = 100;

  /** Threads for which RecordingFile shows what an earlier chunk said of the same key. */
  private long staleThreads;

  /** Events of types that do not begin with the start time, which RecordingFile takes for it. */
  private long misread;

  private int chunkNumber;

  private ReferenceComparison() {}

  static Result compare(Path file) throws IOException {
    return new ReferenceComparison().run(file);
  }

  private Result run(Path file) throws IOException {
    long events = 0;
    try (JfrReader ours = JfrReader.open(file);
        RecordingFile reference = new RecordingFile(file)) {
      EventCursor all = ours.selectWhole(type -> true, "startTime", "duration", "stackTrace");
      ChunkHeader chunk = null;
      while (true) {
        boolean more;
        RecordedEvent expected;
        try {
          more = reference.hasMoreEvents();
          expected = more ? reference.readEvent() : null;
        } catch (IOException | RuntimeException | Error e) {
          // RecordingFile throws InternalError and ClassCastException on some inputs.
          return refusedByReference(ours, events, e);
        }
        EventCursor actual = ours.next();
        if ((actual != null) != more) {
          return new Result(events, more ? "ours ends early" : "ours has more", null, null);
        }
        if (!more) {
          return new Result(events, null, null, null, notes());
        }
        if (!all.chunk().equals(chunk)) {
          chunk = all.chunk();
          chunkNumber = chunk.number();
          compared.clear();
        }
        if (ours.jvm() > 1) {
          return new Result(
              events,
              null,
              null,
              null,
              ", then another JVM, which RecordingFile does not tell" + notes());
        }
        String difference = null;
        if (all.type().fields().get(0).name().equals("startTime")) {
          difference = difference(all, expected);
        } else {
          misread++;
        }
        if (difference != null) {
          return new Result(events, all.type().name() + ": " + difference, null, null);
        }
        events++;
      }
    } catch (RecordingException e) {
      return new Result(events, null, e.getMessage(), referenceError(file));
    } catch (IOException | RuntimeException e) {
      try (JfrReader ours = JfrReader.open(file)) {
        return refusedByReference(ours, 0, e);
      } catch (RecordingException ourError) {
        return new Result(0, null, ourError.getMessage(), e.toString());
      }
    }
  }

  private String notes() {
    return (staleThreads > 0 ? ", " + staleThreads + " threads stale in RecordingFile" : "")
        + (misread > 0 ? ", " + misread + " misread by RecordingFile" : "");
  }

  private static Result refusedByReference(JfrReader ours, long events, Throwable e)
      throws IOException {
    try {
      while (ours.next() != null) {
        // to the end: does ours refuse it, too?
      }
      return new Result(events, null, null, e.toString());
    } catch (RecordingException ourError) {
      return new Result(events, null, ourError.getMessage(), e.toString());
    }
  }

  private static String referenceError(Path file) {
    try (RecordingFile reference = new RecordingFile(file)) {
      while (reference.hasMoreEvents()) {
        reference.readEvent();
      }
      return null;
    } catch (IOException | RuntimeException | Error e) {
      return e.toString();
    }
  }

  private String difference(EventCursor actual, RecordedEvent expected) {
    if (!actual.type().name().equals(expected.getEventType().getName())) {
      return "expected " + expected.getEventType().getName();
    }
    long start = actual.getNanos(0);
    if (start != nanos(expected.getStartTime())) {
      return "start " + start + ", expected " + nanos(expected.getStartTime());
    }
    if (actual.has(1)) {
      long length = actual.getNanos(1);
      long reference = nanos(expected.getDuration());
      if (Math.abs(length - reference) > 1) {
        return "duration " + length + ", expected " + reference;
      }
    }
    int depth = actual.has(2) ? actual.getStackDepth(2) : 0;
    RecordedStackTrace stack = expected.hasField("stackTrace") ? expected.getStackTrace() : null;
    int expectedDepth = stack == null ? 0 : stack.getFrames().size();
    if (depth != expectedDepth) {
      return "stack depth " + depth + ", expected " + expectedDepth;
    }
    return difference(actual.struct(), expected, 0);
  }

  private static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() * 1_000_000_000L + duration.getNano();
  }

  private String difference(Object actual, Object expected, int depth) {
    if (actual instanceof Struct struct && expected instanceof RecordedObject object) {
      if (depth > MAX_DEPTH || compared.put(struct, object) != null) {
        return null;
      }
      List<FieldInfo> fields = struct.fields();
      List<ValueDescriptor> expectedFields = object.getFields();
      if (fields.size() != expectedFields.size()) {
        return "field count " + fields.size() + ", expected " + expectedFields.size();
      }
      for (int i = 0; i < fields.size(); i++) {
        FieldInfo field = fields.get(i);
        ValueDescriptor descriptor = expectedFields.get(i);
        String difference = describe(field, descriptor);
        if (difference == null && !isEventTime(object, field)) {
          difference = difference(struct.get(i), value(object, field), depth + 1);
          if (difference != null && chunkNumber > 1 && isThread(field)) {
            staleThreads++;
            difference = null;
          }
        }
        if (difference != null) {
          return field.name() + ": " + difference;
        }
      }
      return null;
    }
    if (actual instanceof Object[] elements && expected instanceof Object[] expectedElements) {
      if (elements.length != expectedElements.length) {
        return "length " + elements.length + ", expected " + expectedElements.length;
      }
      for (int i = 0; i < elements.length; i++) {
        String difference = difference(elements[i], expectedElements[i], depth + 1);
        if (difference != null) {
          return "[" + i + "] " + difference;
        }
      }
      return null;
    }
    return Objects.equals(actual, expected) ? null : actual + ", expected " + expected;
  }

  private static boolean isThread(FieldInfo field) {
    return field.isConstant() && field.type().name().equals("java.lang.Thread");
  }

  /** Start and duration of an event are compared in nanoseconds, converted. */
  private static boolean isEventTime(RecordedObject object, FieldInfo field) {
    return object instanceof RecordedEvent
        && (field.name().equals("startTime") || field.name().equals("duration"));
  }

  private static Object value(RecordedObject object, FieldInfo field) {
    return object.getValue(field.name());
  }

  private static String describe(FieldInfo field, ValueDescriptor expected) {
    if (!field.name().equals(expected.getName())) {
      return "name, expected " + expected.getName();
    }
    TypeInfo type = field.type();
    while (type.isSimple()) {
      type = type.fields().get(0).type(); // the JDK shows what a simple type stands for
    }
    if (!type.name().equals(expected.getTypeName())) {
      return "type " + field.type() + ", expected " + expected.getTypeName();
    }
    if (field.isArray() != expected.isArray()) {
      return "array " + field.isArray() + ", expected " + expected.isArray();
    }
    return Objects.equals(field.label(), expected.getLabel())
        ? null
        : "label " + field.label() + ", expected " + expected.getLabel();
  }

  /** Compares the recordings named, and those in the folders named. */
  public static void main(String[] args) throws IOException {
    PrintStream out = System.out;
    int differing = 0;
    for (Path file : recordings(args)) {
      Path plain = unpacked(file);
      Result result = compareWithinLimit(plain);
      if (!plain.equals(file)) {
        Files.delete(plain);
      }
      out.println(file.getFileName() + ": " + result);
      if (result.difference() != null || (result.ours() != null && result.reference() == null)) {
        differing++;
      }
    }
    if (differing > 0) {
      out.println(differing + " differ");
      System.exit(1);
    }
  }

  private static Result compareWithinLimit(Path file) throws IOException {
    FutureTask<Result> comparison = new FutureTask<>(() -> compare(file));
    Thread thread = new Thread(comparison, "comparison of " + file);
    thread.setDaemon(true);
    thread.start();
    try {
      return comparison.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return new Result(0, null, null, "it does not end within " + LIMIT_SECONDS + " s");
    } catch (ExecutionException | InterruptedException e) {
      throw new IOException(file + " cannot be compared", e);
    }
  }

  private static List<Path> recordings(String[] args) throws IOException {
    List<Path> files = new ArrayList<>();
    for (String arg : args) {
      try (Stream<Path> tree = Files.walk(Path.of(arg))) {
        tree.filter(Files::isRegularFile)
            .filter(f -> f.toString().endsWith(".jfr") || f.toString().endsWith(".jfr.gz"))
            .sorted(Comparator.naturalOrder())
            .forEach(files::add);
      }
    }
    return files;
  }

  private static Path unpacked(Path file) throws IOException {
    if (!file.toString().endsWith(".gz")) {
      return file;
    }
    Path plain = Files.createTempFile("unpacked", ".jfr");
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
    }
    return plain;
  }
}
