package org.xivebench.replay.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.xivebench.replay.InputException;
import org.xivebench.replay.LogInput;
import org.xivebench.replay.jfr.ReadMode;

/**
 * Streams a trace that {@link TraceJsonWriter} wrote, or that a person did. Such a one may leave
 * out, of an event, its number, its time (then it is 1 µs after the one before), its vCPU, its
 * thread, and fields that are 0; blank lines and lines that begin with {@code #} are passed over.
 */
public final class TraceJsonReader implements Closeable {
  private static final long STEP_NANOS = 1_000;
  private static final Map<String, TraceKind> KINDS = new HashMap<>();

  static {
    TraceKind.all().forEach(kind -> KINDS.put(kind.simpleName(), kind));
  }

  private final LogInput input;
  private final JsonFactory factory = new JsonFactory();
  private final boolean strict;
  private final TraceLosses losses = new TraceLosses();
  private final TraceEvent event = new TraceEvent();
  private final TraceHeader header;
  private final TraceHeader.Names names;
  private final Path file;

  // What a line gave, whatever the order of its members.
  private final List<String> valueNames = new ArrayList<>();
  private long[] values = new long[16];
  private String name;
  private long sequence;
  private long timeNanos;
  private int vcpu;
  private long thread;

  private long count;
  private boolean ended;

  private TraceJsonReader(Path file, LogInput input, boolean strict) throws IOException {
    this.file = file;
    this.input = input;
    this.strict = strict;
    header = readHeader();
    names = header.names();
  }

  /**
   * Opens a trace, plain or compressed, or standard input for {@code -}, and reads its header.
   *
   * @throws InputException if it cannot be read, or is no trace
   */
  public static TraceJsonReader open(Path file, ReadMode mode) throws IOException {
    LogInput input = LogInput.openOnce(file);
    try {
      return new TraceJsonReader(file, input, mode == ReadMode.STRICT);
    } catch (IOException e) {
      input.close();
      throw e;
    }
  }

  /** What the trace says of the machine. */
  public TraceHeader header() {
    return header;
  }

  /** What is lost of the trace, as far as it was read, in {@link ReadMode#SALVAGE}. */
  public TraceLosses losses() {
    return losses;
  }

  /**
   * The next event, in an object that the next call fills anew; null at the end.
   *
   * @throws InputException for a line that is no event, in {@link ReadMode#STRICT}
   */
  public TraceEvent next() throws IOException {
    while (!ended) {
      if (!nextLine()) {
        ended = true;
        if (strict) {
          throw new InputException(
              file,
              "stops early: after event "
                  + count
                  + " there is neither another one nor {\"event\":\"TraceEnd\"}; --salvage uses what"
                  + " is there");
        }
        losses.stopsEarly(count);
        return null;
      }
      String problem = parse();
      if (problem == null && ended) {
        return null;
      }
      if (problem == null) {
        return event;
      }
      if (strict) {
        throw input.error(problem);
      }
      losses.damage("line " + input.lineNumber() + ": " + problem);
    }
    return null;
  }

  private boolean nextLine() throws IOException {
    while (input.next()) {
      int at = input.start();
      while (at < input.end() && input.bytes()[at] <= ' ') {
        at++;
      }
      if (at < input.end() && input.bytes()[at] != '#') {
        return true;
      }
    }
    return false;
  }

  private JsonParser parser() throws IOException {
    return factory.createParser(input.bytes(), input.start(), input.end() - input.start());
  }

  /** Reads the current line into the event, or sets {@link #ended}; returns what is wrong. */
  private String parse() throws IOException {
    valueNames.clear();
    name = null;
    sequence = -1;
    timeNanos = event.timeNanos() + STEP_NANOS;
    vcpu = TraceEvent.NO_VCPU;
    thread = 0;
    try (JsonParser json = parser()) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return "is no JSON object";
      }
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        json.nextToken();
        if (key.equals(TraceJsonWriter.EVENT)) {
          name = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
          continue;
        }
        if (!isNumber(json)) {
          return "'" + key + "' is neither a number, nor a text of one, nor true or false";
        }
        long value = number(json);
        switch (key) {
          case TraceJsonWriter.SEQUENCE -> sequence = value;
          case TraceJsonWriter.TIME -> timeNanos = value;
          case TraceJsonWriter.VCPU ->
              vcpu = (int) Math.max(Math.min(value, Integer.MAX_VALUE), -1);
          case TraceJsonWriter.THREAD -> thread = value;
          default -> add(key, value);
        }
      }
      if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
        return "is not one JSON object";
      }
    } catch (JsonProcessingException e) {
      return "is no JSON: " + e.getOriginalMessage().lines().findFirst().orElse("");
    } catch (NumberFormatException e) {
      return "holds a number that is none or too large";
    }
    return TraceJsonWriter.END.equals(name) ? end() : fill();
  }

  private void add(String key, long value) {
    if (valueNames.size() == values.length) {
      values = Arrays.copyOf(values, values.length * 2);
    }
    values[valueNames.size()] = value;
    valueNames.add(key);
  }

  private static boolean isNumber(JsonParser json) {
    return switch (json.currentToken()) {
      case VALUE_NUMBER_INT, VALUE_STRING, VALUE_TRUE, VALUE_FALSE -> true;
      default -> false;
    };
  }

  private static long number(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case VALUE_TRUE -> 1;
      case VALUE_FALSE -> 0;
      case VALUE_STRING -> {
        String text = json.getText();
        yield text.startsWith("0x")
            ? Long.parseUnsignedLong(text.substring(2), 16)
            : Long.parseLong(text);
      }
      default -> json.getLongValue();
    };
  }

  private String fill() {
    TraceKind kind = name == null ? null : KINDS.get(name);
    if (kind == null) {
      return name == null ? "lacks the text 'event'" : "unknown event '" + name + "'";
    }
    event.begin(kind, timeNanos, vcpu, thread);
    long next = sequence < 0 ? count + 1 : sequence;
    for (int i = 0; i < valueNames.size(); i++) {
      String key = valueNames.get(i);
      int slot = slot(kind, key);
      if (slot < 0) {
        return name + " has no field '" + key + "'";
      }
      event.valueAt(slot, values[i]);
      if (event.valueAt(slot) != values[i]) {
        return "'" + key + "' of " + name + " is out of range";
      }
    }
    if (next != count + 1) {
      if (strict || next <= count) {
        return "event " + next + " after event " + count;
      }
      losses.gap(count + 1, next - 1);
    }
    event.sequence(next);
    String strange = names.problem(event);
    if (strange == null) {
      count = next;
    }
    return strange;
  }

  private static int slot(TraceKind kind, String key) {
    List<TraceField> fields = kind.fields();
    for (int i = 0; i < fields.size(); i++) {
      if (fields.get(i).jfrName().equals(key)) {
        return i;
      }
    }
    return -1;
  }

  private String end() throws IOException {
    boolean counted = valueNames.contains(TraceJsonWriter.COUNT);
    long stated = counted ? values[valueNames.indexOf(TraceJsonWriter.COUNT)] : count;
    if (stated != count) {
      if (strict) {
        return "the end counts " + stated + " events, but " + count + " were read";
      }
      losses.gap(count + 1, stated);
    }
    if (nextLine()) {
      if (strict) {
        return "a line after the end";
      }
      losses.afterEnd();
    }
    ended = true;
    return null;
  }

  private TraceHeader readHeader() throws IOException {
    if (!nextLine()) {
      throw new InputException(file, "is empty");
    }
    int version = -1;
    TraceMode mode = null;
    String origin = "";
    int firstSource = TraceHeader.PSERIES_FIRST_SOURCE;
    Set<TraceKind> observed = Set.of();
    List<Integer> servers = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    Set<Integer> levels = new HashSet<>();
    try (JsonParser json = parser()) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw input.error("is no trace in JSON Lines");
      }
      for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
        json.nextToken();
        switch (key) {
          case TraceJsonWriter.FORMAT -> version = json.getIntValue();
          case "mode" -> mode = TraceMode.of(json.getText());
          case "origin" -> origin = json.getText();
          case "firstSource" -> firstSource = json.getIntValue();
          case "observed" -> observed = TraceHeader.kindsOf(json.getText());
          case "servers" -> servers = integers(json);
          case "sources" -> numbers = integers(json);
          case "levelSources" -> levels.addAll(integers(json));
          default -> throw input.error("the header has no '" + key + "'");
        }
      }
    } catch (JsonProcessingException e) {
      throw input.error("the header is no JSON: " + e.getOriginalMessage());
    }
    if (version != TraceHeader.VERSION) {
      throw input.error(
          version < 0
              ? "is no trace in JSON Lines: its first line lacks '" + TraceJsonWriter.FORMAT + "'"
              : "is a trace of format version " + version + "; this program reads version 1");
    }
    if (mode == null) {
      throw input.error("the header names no mode of xive, xics and dual");
    }
    List<TraceHeader.Source> sources = new ArrayList<>();
    for (int number : numbers) {
      sources.add(new TraceHeader.Source(number, levels.remove(number)));
    }
    if (!levels.isEmpty()) {
      throw input.error("the header has levelSources that are not among its sources");
    }
    return new TraceHeader(version, mode, origin, firstSource, servers, sources, observed);
  }

  private List<Integer> integers(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw input.error("'" + json.currentName() + "' of the header is no array");
    }
    List<Integer> numbers = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      numbers.add(json.getIntValue());
    }
    return numbers;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
