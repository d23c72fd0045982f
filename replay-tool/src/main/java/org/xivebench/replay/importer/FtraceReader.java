package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.xivebench.replay.LogInput;
import org.xivebench.replay.jfr.ReadMode;

/**
 * Reads the lines of a kernel trace in text: tracefs' {@code trace}, {@code trace-cmd report}, or
 * {@code perf script}. They agree in
 *
 * <pre>  TASK-PID [CPU] FLAGS TIME: EVENT: ARGUMENTS</pre>
 *
 * <p>but that perf has a blank between task and number, may print a period before the event and
 * names its subsystem, and that the flags may be missing. A time is of seconds, with a fraction;
 * or, of clocks that count something else, a whole number.
 */
final class FtraceReader implements Closeable {
  /** What a line is. */
  enum Kind {
    /** An event that {@link FtraceEvent} has. */
    EVENT,
    /** Another event. */
    OTHER_EVENT,
    /** A note of the tracer that events are missing. */
    LOST,
    /** A comment, a header, a blank line. */
    COMMENT,
    /** Something else. */
    UNKNOWN
  }

  private static final byte[] LOST_EVENTS = " EVENTS]".getBytes(US_ASCII);
  private static final byte[] EVENTS_DROPPED = "[EVENTS DROPPED]".getBytes(US_ASCII);
  private static final byte[] WRITTEN = "# entries-in-buffer/entries-written: ".getBytes(US_ASCII);
  private static final int MAX_NAMES = 4096;
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final LogInput input;
  private final long ticksPerSecond;
  private final Map<String, FtraceEvent> events = new HashMap<>();

  private byte[] bytes;
  private int end;
  private int cpu;
  private long timeNanos;
  private String name;
  private FtraceEvent event;
  private int arguments;
  private long lostEvents;

  private FtraceReader(LogInput input, long ticksPerSecond) {
    this.input = input;
    this.ticksPerSecond = ticksPerSecond;
  }

  /**
   * Opens a text.
   *
   * @param ticksPerSecond of times that are whole numbers
   */
  static FtraceReader open(Path file, long ticksPerSecond, ReadMode mode) throws IOException {
    return new FtraceReader(LogInput.open(file, mode), ticksPerSecond);
  }

  /**
   * Moves to the next line.
   *
   * @return what it is; null at the end
   */
  Kind next() throws IOException {
    if (!input.next()) {
      return null;
    }
    bytes = input.bytes();
    end = input.end();
    int start = input.start();
    if (start == end) {
      return Kind.COMMENT;
    }
    if (bytes[start] == '#') {
      return overrun() ? Kind.LOST : Kind.COMMENT;
    }
    if (event(start)) {
      if (!input.isComplete()) {
        throw error("the text is cut off in the middle of an event" + LogInput.HINT);
      }
      return event == null ? Kind.OTHER_EVENT : Kind.EVENT;
    }
    if (lost()) {
      return Kind.LOST;
    }
    return starts("cpus=") || starts("version =") || starts("CPU ") ? Kind.COMMENT : Kind.UNKNOWN;
  }

  private boolean starts(String text) {
    return input.startsWith(text.getBytes(US_ASCII));
  }

  // "# entries-in-buffer/entries-written: 100/200   #P:4": the oldest ones were overwritten
  private boolean overrun() {
    if (!input.startsWith(WRITTEN)) {
      return false;
    }
    int at = input.start() + WRITTEN.length;
    int slash = find('/', at, end);
    int after = slash + 1;
    while (after < end && isDigit(bytes[after])) {
      after++;
    }
    if (slash < 0 || after == slash + 1 || after - at > 36) {
      return false;
    }
    long kept = number(at, slash);
    long written = number(slash + 1, after);
    lostEvents = written - kept;
    return lostEvents > 0;
  }

  // "CPU:2 [LOST 345 EVENTS]", "CPU:1 [EVENTS DROPPED]"
  private boolean lost() {
    if (!starts("CPU:")) {
      return false;
    }
    if (endsWith(EVENTS_DROPPED)) {
      lostEvents = 1;
      return true;
    }
    int open = find('[', input.start(), end);
    if (open < 0 || !endsWith(LOST_EVENTS)) {
      return false;
    }
    int from = open + "[LOST ".length();
    int to = end - LOST_EVENTS.length;
    lostEvents = to > from && to - from < 18 && isDigit(bytes[from]) ? number(from, to) : 1;
    return true;
  }

  private boolean endsWith(byte[] text) {
    int from = end - text.length;
    if (from < input.start()) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (bytes[from + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  /** Takes a line of an event apart; false if it is none. */
  private boolean event(int start) {
    int at = cpu(start);
    if (at < 0) {
      return false;
    }
    at = blanks(at);
    int word = wordEnd(at);
    if (!time(at, word)) {
      at = blanks(word); // the flags
      word = wordEnd(at);
      if (!time(at, word)) {
        return false;
      }
    }
    at = blanks(word);
    word = wordEnd(at);
    if (word > at && allDigits(at, word)) {
      at = blanks(word); // perf's period
      word = wordEnd(at);
    }
    if (word - at < 2 || bytes[word - 1] != ':') {
      return false;
    }
    int nameEnd = word - 1;
    int nameStart = nameEnd;
    while (nameStart > at && bytes[nameStart - 1] != ':') {
      nameStart--;
    }
    name = new String(bytes, nameStart, nameEnd - nameStart, US_ASCII);
    arguments = word;
    event = events.get(name);
    if (event == null && !events.containsKey(name)) {
      event = FtraceEvent.of(name);
      if (events.size() < MAX_NAMES) {
        events.put(name, event);
      }
    }
    return true;
  }

  /** Finds {@code [CPU]} behind the number of the task; returns where it ends, or -1. */
  private int cpu(int start) {
    for (int open = find('[', start, end); open >= 0; open = find('[', open + 1, end)) {
      int at = open + 1;
      while (at < end && isDigit(bytes[at])) {
        at++;
      }
      boolean isCpu = at > open + 1 && at - open < 7 && at + 1 < end && bytes[at] == ']';
      int before = open - 1;
      isCpu &= before > start && bytes[before] == ' ' && bytes[at + 1] == ' ';
      while (isCpu && before > start && bytes[before] == ' ') {
        before--;
      }
      // The number of the task, or of its group in parentheses.
      if (isCpu && (isDigit(bytes[before]) || bytes[before] == ')')) {
        cpu = (int) number(open + 1, at);
        return at + 1;
      }
    }
    return -1;
  }

  private boolean time(int at, int word) {
    int last = word - 1;
    if (last <= at || bytes[last] != ':' || !isDigit(bytes[at])) {
      return false;
    }
    int point = at;
    while (point < last && isDigit(bytes[point])) {
      point++;
    }
    if (point - at > 18) {
      return false;
    }
    long whole = number(at, point);
    if (point == last) {
      timeNanos =
          whole / ticksPerSecond * NANOS_PER_SECOND
              + (long) ((double) (whole % ticksPerSecond) / ticksPerSecond * NANOS_PER_SECOND);
      return true;
    }
    int digits = last - point - 1;
    if (bytes[point] != '.' || digits < 1 || digits > 9 || !allDigits(point + 1, last)) {
      return false;
    }
    long fraction = number(point + 1, last);
    for (int i = digits; i < 9; i++) {
      fraction *= 10;
    }
    timeNanos = whole % (Long.MAX_VALUE / NANOS_PER_SECOND) * NANOS_PER_SECOND + fraction;
    return true;
  }

  private int blanks(int at) {
    int i = at;
    while (i < end && bytes[i] == ' ') {
      i++;
    }
    return i;
  }

  private int wordEnd(int at) {
    int i = at;
    while (i < end && bytes[i] != ' ') {
      i++;
    }
    return i;
  }

  private int find(char c, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == c) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private boolean allDigits(int from, int to) {
    for (int i = from; i < to; i++) {
      if (!isDigit(bytes[i])) {
        return false;
      }
    }
    return to > from && to - from <= 18;
  }

  private long number(int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value * 10 + bytes[i] - '0';
    }
    return value;
  }

  /** Number of the CPU. */
  int cpu() {
    return cpu;
  }

  /** Time of the event, in nanoseconds of the trace's clock. */
  long timeNanos() {
    return timeNanos;
  }

  /** The event, if it is one that is known. */
  FtraceEvent event() {
    return event;
  }

  String eventName() {
    return name;
  }

  /** How many events a line says are missing, at least. */
  long lostEvents() {
    return lostEvents;
  }

  /** Whether the event has one of these arguments. */
  boolean has(String... names) {
    return argument(names) != null;
  }

  /**
   * A number that the event must have: {@code NAME=NUMBER}, hexadecimal with 0x, otherwise decimal.
   *
   * @param names what it may be called
   */
  long number(String... names) throws IOException {
    String text = argument(names);
    if (text == null) {
      throw error(name + " without " + String.join(" or ", names));
    }
    try {
      return text.startsWith("0x")
          ? Long.parseUnsignedLong(text.substring(2), 16)
          : text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw error("arguments of " + name + " that cannot be read");
    }
  }

  /** The text of an argument up to the next blank or comma; null if there is none of that name. */
  String argument(String... names) {
    for (String wanted : names) {
      for (int at = arguments; at < end; at++) {
        if (bytes[at - 1] == ' '
            && matches(wanted, at)
            && at + wanted.length() < end
            && bytes[at + wanted.length()] == '=') {
          int from = at + wanted.length() + 1;
          int to = from;
          while (to < end && bytes[to] != ' ' && bytes[to] != ',') {
            to++;
          }
          return new String(bytes, from, to - from, US_ASCII);
        }
      }
    }
    return null;
  }

  /** All that is behind the event's name. */
  String argumentText() {
    return new String(bytes, arguments, end - arguments, US_ASCII).strip();
  }

  private boolean matches(String text, int at) {
    if (end - at < text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (bytes[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** An exception that names the current line. */
  IOException error(String problem) {
    return input.error(problem);
  }

  /** What of the text was not read because it is not whole, in words; null if nothing. */
  String loss() {
    return input.loss();
  }

  long lineNumber() {
    return input.lineNumber();
  }

  long textBytes() {
    return input.textBytes();
  }

  long fileBytes() {
    return input.fileBytes();
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
