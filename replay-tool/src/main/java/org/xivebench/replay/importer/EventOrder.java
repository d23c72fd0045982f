package org.xivebench.replay.importer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceWriter;

/**
 * Puts the events of a QEMU log into the order of a trace, in which a cause comes before its
 * effects. QEMU writes some lines before their effects and some after, so that effects whose cause
 * is not known yet are held until it is.
 */
final class EventOrder {
  private final TraceWriter writer;
  private final ImportReport report;
  private final List<TraceEvent> held = new ArrayList<>();

  // The operation at work.
  private long thread;

  /** The hypercall that it is, or 0. */
  private int opcode;

  /** Whether that is from a line of -d int, which the call's trace event repeats. */
  private boolean fromLine;

  /** Whether it can still be what notifies a presenter. */
  private boolean mayNotify;

  /**
   * @param report told of each event
   */
  EventOrder(TraceWriter writer, ImportReport report) {
    this.writer = writer;
    this.report = report;
  }

  /** Appends an operation; what comes next are its effects. */
  void stimulus(TraceEvent cause) throws IOException {
    releaseHeld();
    append(cause);
    begin(cause);
  }

  /** Appends an operation that notifies a presenter, if it has any effect. */
  void trigger(TraceEvent cause) throws IOException {
    stimulus(cause);
    mayNotify = true;
  }

  /** Appends an operation whose effects were written before it. */
  void late(TraceEvent cause) throws IOException {
    append(cause);
    begin(cause);
    releaseHeld();
  }

  /**
   * Appends a hypercall.
   *
   * @param madeByLine whether a line of -d int tells of it
   */
  void call(TraceEvent hcall, boolean madeByLine) throws IOException {
    stimulus(hcall);
    opcode = hcall.getInt(TraceField.OPCODE);
    fromLine = madeByLine;
  }

  private void begin(TraceEvent cause) {
    thread = cause.thread();
    opcode = 0;
    fromLine = false;
    mayNotify = false;
  }

  /** Appends an effect of the operation at work, behind those that are held. */
  void observation(TraceEvent effect) throws IOException {
    if (held.isEmpty()) {
      append(effect);
    } else {
      hold(effect);
    }
  }

  /** Appends a presenter's notification, if the operation at work can have caused it. */
  void notification(TraceEvent notification) throws IOException {
    if (mayNotify && thread == notification.thread()) {
      mayNotify = false;
      append(notification);
    } else {
      hold(notification);
    }
  }

  /** Keeps an effect until its cause comes. */
  void hold(TraceEvent effect) {
    held.add(new TraceEvent().copyFrom(effect));
  }

  /** Appends what is held: no cause comes any more. */
  void releaseHeld() throws IOException {
    for (TraceEvent effect : held) {
      append(effect);
    }
    held.clear();
  }

  /** Appends an event where it is. */
  void append(TraceEvent event) throws IOException {
    report.take(event.kind());
    writer.append(event);
  }

  /** Whether the operation at work is this hypercall, by this thread. */
  boolean serves(int call, long byThread) {
    return opcode == call && thread == byThread;
  }

  /** Whether the operation at work is a hypercall of XICS mode, by this thread. */
  boolean servesXics(long byThread) {
    return QemuMachine.isXics(opcode) && thread == byThread;
  }

  /** Whether a line of -d int has told of this hypercall before; true once. */
  boolean repeats(int call, long byThread) {
    boolean repeated = fromLine && serves(call, byThread);
    if (repeated) {
      fromLine = false;
    }
    return repeated;
  }

  /** The hypercall that the operation at work is, or 0; it is over. */
  int endCall() {
    int ended = opcode;
    opcode = 0;
    return ended;
  }
}
