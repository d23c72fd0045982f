package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xivebench.replay.LogInput;
import org.xivebench.replay.jfr.ReadMode;

/**
 * Reads the lines of a QEMU log and tells what each is: a trace event, a hypercall and other lines
 * of {@code -d int}, or a line of the register dumps of {@code -d cpu}. What was read of the
 * current line is asked for by the accessors, those that fit its kind.
 */
final class QemuLogReader implements Closeable {
  /** What a line is. */
  enum Kind {
    /** {@code TID@SEC.USEC:EVENT ARGS}, an event that {@link QemuEvent} has. */
    EVENT,
    /** The same, another event. */
    OTHER_EVENT,
    /** A hypercall with its arguments. */
    HYPERCALL,
    /** A system call of the guest, or an exception. */
    EXCEPTION,
    /** A line of a register dump. */
    DUMP,
    /** The line of a register dump by which a hypercall's results are known. */
    DUMP_RESULT,
    /** Something else. */
    UNKNOWN
  }

  /** R3 (the opcode) to R12 and the address of the instruction. */
  private static final LineFormat HYPERCALL =
      new LineFormat(
          "hypercall r3=%x r4=%x r5=%x r6=%x r7=%x r8=%x r9=%x r10=%x r11=%x r12=%x nip=%x");

  private static final int NIP_INDEX = 10;
  private static final LineFormat DUMP_NIP =
      new LineFormat("NIP %x   LR %*x CTR %*x XER %*x CPU#%d");
  private static final LineFormat DUMP_GPR0 = new LineFormat("GPR00 %*x %*x %*x %x");
  private static final LineFormat DUMP_GPR4 = new LineFormat("GPR04 %x %x %x %x");

  private static final byte[] HYPERCALL_WORD = "hypercall ".getBytes(US_ASCII);
  private static final byte[] SYSCALL_WORD = "syscall ".getBytes(US_ASCII);
  private static final byte[] EXCEPTION_WORD = "Raise exception ".getBytes(US_ASCII);
  private static final byte[] DUMP_FIRST = "NIP ".getBytes(US_ASCII);
  private static final byte[] DUMP_LAST = " PTCR ".getBytes(US_ASCII);
  private static final List<byte[]> CONTROLLER_EVENTS =
      List.of(
          "spapr_xive_".getBytes(US_ASCII), "xive_".getBytes(US_ASCII), "xics_".getBytes(US_ASCII));
  private static final byte[] INFO_PIC = "cmdline: info pic".getBytes(US_ASCII);

  private final LogInput input;
  private final long[] values = new long[16];
  private boolean inDump;
  private boolean bareEvents;
  private long thread;
  private long timeNanos;
  private QemuEvent event;
  private String eventName;
  private boolean infoPic;
  private long dumpNip;
  private int dumpVcpu;
  private long dumpStatus;

  private QemuLogReader(LogInput input) {
    this.input = input;
  }

  static QemuLogReader open(Path file, ReadMode mode) throws IOException {
    return new QemuLogReader(LogInput.open(file, mode));
  }

  /**
   * Moves to the next line.
   *
   * @return what it is; null at the end
   * @throws org.xivebench.replay.InputException if it begins like something known and goes on
   *     otherwise
   */
  Kind next() throws IOException {
    if (!input.next()) {
      return null;
    }
    byte[] bytes = input.bytes();
    int start = input.start();
    int end = input.end();
    int digits = start;
    while (digits < end && bytes[digits] >= '0' && bytes[digits] <= '9') {
      digits++;
    }
    if (digits > start && digits < end && bytes[digits] == '@') {
      return event(bytes, start, digits, end);
    }
    if (input.startsWith(HYPERCALL_WORD)) {
      inDump = false;
      if (!HYPERCALL.match(bytes, start, end, values)) {
        throw malformed("a hypercall that cannot be read");
      }
      return Kind.HYPERCALL;
    }
    if (input.startsWith(EXCEPTION_WORD) || input.startsWith(SYSCALL_WORD)) {
      return Kind.EXCEPTION;
    }
    return dump(bytes, start, end);
  }

  private Kind event(byte[] bytes, int start, int at, int end) throws IOException {
    long number = 0;
    for (int i = start; i < at; i++) {
      number = number * 10 + bytes[i] - '0';
    }
    thread = number;
    int i = at + 1;
    long seconds = 0;
    int secondsStart = i;
    for (; i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
      seconds = seconds * 10 + bytes[i] - '0';
    }
    boolean wellFormed = at - start <= 18 && i > secondsStart && i - secondsStart <= 9 + 2;
    wellFormed &= i < end && bytes[i] == '.';
    int microsStart = ++i;
    long micros = 0;
    for (; i < end && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
      micros = micros * 10 + bytes[i] - '0';
    }
    // QEMU 7.2 and 10 write six digits.
    wellFormed &= i - microsStart == 6 && i < end && bytes[i] == ':';
    if (!wellFormed) {
      throw malformed("a trace event whose thread and time cannot be read");
    }
    timeNanos = seconds * 1_000_000_000L + micros * 1_000L;
    int nameStart = ++i;
    while (i < end && bytes[i] != ' ') {
      i++;
    }
    eventName = new String(bytes, nameStart, i - nameStart, US_ASCII);
    event = QemuEvent.of(eventName);
    if (!input.isComplete()) {
      throw error("the log is cut off in the middle of an event" + LogInput.HINT);
    }
    if (event == null) {
      return Kind.OTHER_EVENT;
    }
    if (event.use() == QemuEvent.Use.MONITOR) {
      infoPic = endsWith(bytes, i, end, INFO_PIC);
    } else if (!event.parse(bytes, Math.min(i + 1, end), end, values)) {
      throw malformed("arguments of " + eventName + " that cannot be read");
    }
    return Kind.EVENT;
  }

  private static boolean endsWith(byte[] bytes, int start, int end, byte[] text) {
    int from = end - text.length;
    if (from < start) {
      return false;
    }
    for (int i = 0; i < text.length; i++) {
      if (bytes[from + i] != text[i]) {
        return false;
      }
    }
    return true;
  }

  private Kind dump(byte[] bytes, int start, int end) {
    if (input.startsWith(DUMP_FIRST)) {
      inDump = DUMP_NIP.match(bytes, start, end, values);
      dumpNip = values[0];
      dumpVcpu = (int) values[1];
      return inDump ? Kind.DUMP : Kind.UNKNOWN;
    }
    if (!inDump) {
      bareEvents |= CONTROLLER_EVENTS.stream().anyMatch(input::startsWith);
      return Kind.UNKNOWN;
    }
    if (DUMP_GPR0.match(bytes, start, end, values)) {
      dumpStatus = values[0];
    } else if (DUMP_GPR4.match(bytes, start, end, values)) {
      return Kind.DUMP_RESULT;
    } else if (input.startsWith(DUMP_LAST)) {
      inDump = false;
    }
    return Kind.DUMP;
  }

  private IOException malformed(String problem) {
    return input.error(
        input.isComplete()
            ? problem
            : problem + " (the log is cut off in it" + LogInput.HINT + ")");
  }

  /** An exception that names the current line. */
  IOException error(String problem) {
    return input.error(problem);
  }

  /** Thread of an event. */
  long thread() {
    return thread;
  }

  /** Time of the last event, in nanoseconds since the epoch; 0 before the first. */
  long timeNanos() {
    return timeNanos;
  }

  /** The event, if it is one that is known. */
  QemuEvent event() {
    return event;
  }

  String eventName() {
    return eventName;
  }

  /** Whether a monitor event is the command that prints the controller's state. */
  boolean isInfoPic() {
    return infoPic;
  }

  /** An event's argument, or a hypercall's register: 0 is R3. Of a dump's result, 0 is R4. */
  long value(int index) {
    return values[index];
  }

  /** Address of the instruction after a hypercall's. */
  long hypercallReturnAddress() {
    return values[NIP_INDEX] + 4;
  }

  long dumpNip() {
    return dumpNip;
  }

  int dumpVcpu() {
    return dumpVcpu;
  }

  /** R3 of a dump. */
  long dumpStatus() {
    return dumpStatus;
  }

  /** Whether lines before this were events of a controller without thread and time. */
  boolean hasBareEvents() {
    return bareEvents;
  }

  /** What of the log was not read because it is not whole, in words; null if nothing. */
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
