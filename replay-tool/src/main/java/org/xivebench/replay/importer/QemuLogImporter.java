package org.xivebench.replay.importer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.trace.TraceWriter;

/**
 * Makes a trace of the log of QEMU's pseries machine: its trace events, and its lines of {@code -d
 * int} and {@code -d cpu} where there are any. Both interrupt modes, and machines that change
 * between them.
 *
 * <p>QEMU writes a controller's lines under its global lock, so that their order is the order of
 * the operations. Within one operation it writes some lines before their effects and some after: a
 * load comes after what it caused. A trace has the cause first, so those effects are held until
 * their cause is known.
 *
 * <p>What a log does not say and what is concluded instead:
 *
 * <ul>
 *   <li>the level of a XICS line: an MSI pulses, so 1 and 0 alternate. An LSI that goes to 1 is
 *       presented at once, unless it is masked or the presenter has it already: if it is not
 *       presented, it goes to 0, but for the last of these cases, in which it changes;
 *   <li>hypercalls of XICS mode without {@code -d int}: H_XIRR and H_EOI from what they did. H_IPI
 *       that takes an IPI back and H_CPPR leave nothing to conclude from;
 *   <li>RTAS calls: what they set is in the log, their arguments are not.
 * </ul>
 *
 * Each such event has {@link TraceField#INFERRED} set where its kind has that field.
 */
public final class QemuLogImporter {
  private static final String OTHER_HYPERCALLS = "hypercalls that do not concern interrupts";
  private static final String RTAS_CALLS = "RTAS calls, whose arguments a log does not have";
  private static final String EXCEPTIONS = "exceptions and system calls of the guest";
  private static final String DUMPS = "lines of register dumps";
  private static final String UNCLAIMED_DUMPS =
      "register dumps of a hypercall that cannot be told from another vCPU's";
  private static final String CONTEXT = "events of the machine around the controller";
  private static final String IGNORED = "events that repeat what others say";
  private static final String OTHER_PINS = "inputs of a vCPU that gets no external interrupt";
  private static final String EVENT_OF = "unknown event ";
  private static final String BEGINS_UNKNOWN =
      "the log does not have the machine's start, nor a reset: it does not tell the controller's"
          + " state, so that results recorded before all is set up anew differ in ordered replay";
  private static final String LACKS_HYPERCALLS =
      "the log lacks the hypercalls of XICS mode (-d int): H_CPPR and most of H_IPI are missing, so"
          + " that results differ in ordered replay";
  private static final String UNKNOWN_STATE =
      "lines before the first reset of a machine that ran already, whose state they do not tell";
  private static final String UNFINISHED =
      "lines of the last operation, which the log may not have to its end";
  private static final String UNKNOWN_LINES = "lines of no known kind";

  /** A hypercall whose result a register dump may show. */
  private static final class Returning {
    private final long address;
    private final int opcode;
    private final int vcpu;
    private final boolean taken;

    Returning(long address, int opcode, int vcpu, boolean taken) {
      this.address = address;
      this.opcode = opcode;
      this.vcpu = vcpu;
      this.taken = taken;
    }
  }

  /** The longest that a vCPU's hypercall may be outstanding, in hypercalls of the others. */
  private static final int MAX_RETURNING = 64;

  private static final int ESB_MANAGEMENT_PAGE = 0x1_0000;
  private static final int ESB_BYTES_MASK = 0x1_ffff;
  private static final int LINES_PER_PROGRESS = 1 << 12;

  private final Path file;

  /** What the monitor printed, or null. */
  private final Path snapshotFile;

  private final ReadMode readMode;
  private final Progress progress;
  private final Cancellation cancellation;
  private final ImportReport report = new ImportReport();
  private final long fileSize;

  private final TraceEvent event = new TraceEvent();
  private final Deque<Returning> returning = new ArrayDeque<>();
  private final List<TraceEvent> held = new ArrayList<>();
  private final TraceEvent hcall = new TraceEvent();
  private final TraceEvent lsi = new TraceEvent();
  private final BitSet levels = new BitSet();

  /** LSIs that a XICS presenter was offered and has neither given back nor seen the EOI of. */
  private final BitSet sent = new BitSet();

  private final Map<Integer, Integer> priorities = new HashMap<>();
  private final ResetDetector resets = new ResetDetector();
  private QemuMachine machine;
  private QemuLogReader log;
  private TraceWriter writer;

  /** Null if there is none. */
  private InfoPicReader infoPic;

  private TraceMode mode;
  private boolean hcallPending;
  private long hcallReturnAddress;
  private long hcallOffset;
  private boolean lsiPending;
  private int openOpcode;

  /** Whether the open hypercall is from a line of -d int, which its trace event repeats. */
  private boolean openFromLine;

  private long openThread;
  private boolean mayNotify;
  private int choices;
  private int snapshots;

  private QemuLogImporter(
      Path file, Path snapshotFile, ReadMode readMode, Progress progress, Cancellation cancellation)
      throws IOException {
    this.file = file;
    this.snapshotFile = snapshotFile;
    this.readMode = readMode;
    this.progress = progress;
    this.cancellation = cancellation;
    this.fileSize = Files.isRegularFile(file) ? Files.size(file) : 0;
  }

  /**
   * Imports a log.
   *
   * @param file the log, plain or compressed with gzip or xz; it is read twice
   * @param out where the trace goes; closed when this returns
   * @param progress told how many bytes of the file were read, out of twice its size
   * @param cancellation asked between lines; when it is requested the trace stays without its end
   * @return what was taken and what was not
   * @throws InputException if the log cannot be read, or holds nothing to import
   */
  public static ImportReport run(
      Path file, OutputStream out, Progress progress, Cancellation cancellation)
      throws IOException {
    return run(file, null, ReadMode.STRICT, out, progress, cancellation);
  }

  /**
   * The same, with what the monitor printed.
   *
   * @param snapshotFile answers to {@code info pic}, each behind a line {@code === snapshot N};
   *     plain or compressed; or null
   * @param readMode whether a log that is cut off is imported up to there
   */
  public static ImportReport run(
      Path file,
      Path snapshotFile,
      ReadMode readMode,
      OutputStream out,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    return new QemuLogImporter(file, snapshotFile, readMode, progress, cancellation).run(out);
  }

  private ImportReport run(OutputStream out) throws IOException {
    try (out) {
      try (QemuLogReader first = QemuLogReader.open(file, readMode)) {
        machine = QemuMachine.scan(first, () -> tell(first, 0));
        if (!machine.hasController() && first.hasBareEvents()) {
          throw new InputException(
              file,
              "has trace events without thread and time; QEMU writes these with '-msg"
                  + " timestamp=on'");
        }
      }
      if (!machine.hasController()) {
        throw new InputException(
            file,
            "holds no trace event of an interrupt controller; 'xivebench help import qemu' tells how"
                + " QEMU writes them");
      }
      if (machine.beginsUnknown()) {
        report.approximate(BEGINS_UNKNOWN);
      }
      if (machine.lacksHypercalls()) {
        report.approximate(LACKS_HYPERCALLS);
      }
      String marked = report.approximations().isEmpty() ? "" : "; approximate";
      String origin = "qemu log " + file.getFileName() + marked;
      report.header(machine.header(origin));
      mode = machine.initialMode();
      writer = new TraceWriter(out, report.header());
      try (QemuLogReader second = QemuLogReader.open(file, readMode);
          InfoPicReader shown =
              snapshotFile == null ? null : InfoPicReader.open(snapshotFile, report.header())) {
        log = second;
        infoPic = shown;
        convert();
        report.input(log.lineNumber(), log.textBytes());
        report.lose(log.loss());
      }
      if (!cancellation.isRequested()) {
        writer.end();
      }
      writer.close();
    }
    return report;
  }

  private void tell(QemuLogReader reader, long before) {
    if (reader.lineNumber() % LINES_PER_PROGRESS == 0) {
      progress.update(before + reader.fileBytes(), 2 * fileSize);
    }
  }

  private void convert() throws IOException {
    QemuLogReader.Kind kind;
    while (!cancellation.isRequested() && (kind = log.next()) != null) {
      tell(log, fileSize);
      if (log.lineNumber() >= machine.unfinishedFrom()) {
        report.skip(UNFINISHED);
        continue;
      }
      if (log.lineNumber() < machine.knownFrom() && !isClaim(kind)) {
        passOver(kind);
        continue;
      }
      switch (kind) {
        case EVENT -> event();
        case OTHER_EVENT -> {
          seeReset();
          String name = log.eventName();
          report.skip(QemuEvent.isContext(name) ? CONTEXT : EVENT_OF + name);
        }
        case HYPERCALL -> hypercall();
        case DUMP_RESULT -> dumpResult();
        case EXCEPTION -> report.skip(EXCEPTIONS);
        case DUMP -> report.skip(DUMPS);
        case UNKNOWN -> report.skip(UNKNOWN_LINES);
      }
    }
    settleHcall(null);
    settleLsi(null);
    releaseHeld();
  }

  private boolean isClaim(QemuLogReader.Kind kind) {
    return kind == QemuLogReader.Kind.EVENT
        && (log.event() == QemuEvent.CLAIM_IRQ || log.event() == QemuEvent.FREE_IRQ);
  }

  /** Leaves a line out, but for what counts from the beginning of the log. */
  private void passOver(QemuLogReader.Kind kind) {
    report.skip(UNKNOWN_STATE);
    if (kind == QemuLogReader.Kind.HYPERCALL) {
      boolean unusedKnown = resets.endsAtHypercall();
    }
    if (kind == QemuLogReader.Kind.OTHER_EVENT || kind == QemuLogReader.Kind.EVENT) {
      resets.see(log);
    }
    if (kind != QemuLogReader.Kind.EVENT) {
      return;
    }
    switch (log.event()) {
      case CAS_CONTINUE -> mode = machine.choice(choices++);
      case ICS_SET_IRQ_MSI -> levels.flip((int) log.value(0));
      case MONITOR -> snapshots += log.isInfoPic() ? 1 : 0;
      default -> {}
    }
  }

  // Lines of -d int and -d cpu

  private void hypercall() throws IOException {
    settleHcall(null);
    settleLsi(null);
    if (resets.endsAtHypercall()) {
      reset();
    }
    long opcode = log.value(0);
    if (!concernsInterrupts(opcode)) {
      report.skip(opcode == Hcall.H_RTAS ? RTAS_CALLS : OTHER_HYPERCALLS);
      remember(log.hypercallReturnAddress(), (int) opcode, TraceEvent.NO_VCPU, false);
      return;
    }
    hcallPending = true;
    hcallReturnAddress = log.hypercallReturnAddress();
    // Where Linux has its per-CPU offset at that moment.
    hcallOffset = opcode == Hcall.H_CPPR || opcode == Hcall.H_XIRR ? log.value(4) : log.value(3);
    hcallOffset = opcode == Hcall.H_XIRR ? log.value(2) : hcallOffset;
    hcall
        .begin(TraceKind.HCALL, now(), TraceEvent.NO_VCPU, 0)
        .set(TraceField.OPCODE, opcode)
        .set(TraceField.ARG0, log.value(1))
        .set(TraceField.ARG1, log.value(2))
        .set(TraceField.ARG2, log.value(3))
        .set(TraceField.ARG3, log.value(4))
        .set(TraceField.ARG4, log.value(5));
  }

  private static boolean concernsInterrupts(long opcode) {
    return QemuMachine.isXics(opcode)
        || (opcode >= Hcall.H_INT_GET_SOURCE_INFO && opcode <= Hcall.H_INT_RESET);
  }

  /**
   * Appends the hypercall that waits for its first effect to tell which vCPU made it.
   *
   * @param next the event that follows it, or null if none does
   */
  private void settleHcall(QemuEvent next) throws IOException {
    if (!hcallPending) {
      return;
    }
    hcallPending = false;
    int opcode = hcall.getInt(TraceField.OPCODE);
    int vcpu = machine.vcpuOfOffset(hcallOffset);
    long thread = 0;
    if (next != null && isEffect(opcode, next)) {
      thread = log.thread();
      vcpu = machine.vcpuOfThread(thread);
    }
    hcall.attribute(now(), vcpu, thread);
    releaseHeld();
    append(hcall);
    openOpcode = opcode;
    openFromLine = true;
    openThread = thread;
    mayNotify = false;
    remember(hcallReturnAddress, opcode, vcpu, true);
  }

  private static boolean isEffect(int opcode, QemuEvent next) {
    return switch (opcode) {
      case Hcall.H_XIRR, Hcall.H_XIRR_X ->
          next == QemuEvent.IRQ_SET || next == QemuEvent.ICP_ACCEPT;
      case Hcall.H_EOI -> next == QemuEvent.ICP_EOI;
      case Hcall.H_IPI -> next == QemuEvent.ICP_CHECK_IPI;
      case Hcall.H_CPPR ->
          next == QemuEvent.IRQ_SET
              || next == QemuEvent.ICS_REJECT
              || next == QemuEvent.ICP_CHECK_IPI
              || next == QemuEvent.ICP_IRQ;
      default -> opcodeOf(next) == opcode;
    };
  }

  /**
   * Whether a hypercall is always followed by an event that says who made it. A dump that comes
   * before that is another vCPU's: dumps are written outside QEMU's lock.
   */
  private static boolean alwaysHasEffect(int opcode) {
    return opcode == Hcall.H_EOI || opcode == Hcall.H_XIRR || opcode == Hcall.H_XIRR_X;
  }

  private void remember(long address, int opcode, int vcpu, boolean taken) {
    if (returning.size() == MAX_RETURNING) {
      returning.removeFirst();
    }
    returning.addLast(new Returning(address, opcode, vcpu, taken));
  }

  private void dumpResult() throws IOException {
    report.skip(DUMPS);
    if (hcallPending && !alwaysHasEffect(hcall.getInt(TraceField.OPCODE))) {
      settleHcall(null);
    }
    Returning found = null;
    int candidates = 0;
    for (Returning call : returning) {
      if (call.address == log.dumpNip()) {
        if (call.vcpu == log.dumpVcpu()) {
          found = call;
          candidates = 1;
          break;
        }
        if (call.vcpu == TraceEvent.NO_VCPU) {
          found = call;
          candidates++;
        }
      }
    }
    if (candidates == 0) {
      return;
    }
    if (candidates > 1) {
      forgetUnknown(log.dumpNip());
      report.skip(UNCLAIMED_DUMPS);
      return;
    }
    returning.remove(found);
    if (found.taken) {
      settleLsi(null);
      begin(TraceKind.HCALL_RETURN, log.dumpVcpu(), 0)
          .set(TraceField.OPCODE, found.opcode)
          .set(TraceField.STATUS, log.dumpStatus())
          .set(TraceField.ARG0, log.value(0))
          .set(TraceField.ARG1, log.value(1))
          .set(TraceField.ARG2, log.value(2))
          .set(TraceField.ARG3, log.value(3));
      append(event);
    }
  }

  private void forgetUnknown(long address) {
    for (Iterator<Returning> calls = returning.iterator(); calls.hasNext(); ) {
      Returning call = calls.next();
      if (call.address == address && call.vcpu == TraceEvent.NO_VCPU) {
        calls.remove();
      }
    }
  }

  // Trace events

  private void event() throws IOException {
    QemuEvent next = log.event();
    if (next.use() == QemuEvent.Use.IGNORED) {
      report.skip(IGNORED);
      return;
    }
    settleHcall(next);
    settleLsi(next);
    seeReset();
    switch (next) {
      case CLAIM_IRQ ->
          stimulus(
              on(TraceKind.CLAIM_SOURCE)
                  .set(TraceField.SOURCE, log.value(0))
                  .set(TraceField.LSI, log.value(1)));
      case FREE_IRQ -> stimulus(on(TraceKind.FREE_SOURCE).set(TraceField.SOURCE, log.value(0)));
      case XIVE_SET_IRQ -> {
        stimulus(
            on(TraceKind.SET_LINE)
                .set(TraceField.SOURCE, log.value(0))
                .set(TraceField.LEVEL, log.value(1)));
        mayNotify = log.value(1) != 0;
      }
      case ESB_READ -> esbRead();
      case ESB_WRITE -> {
        stimulus(esb(TraceKind.ESB_STORE));
        mayNotify = true;
      }
      case TM_READ -> late(tima(TraceKind.TIMA_LOAD));
      case TM_WRITE -> stimulus(tima(TraceKind.TIMA_STORE));
      case PRESENTER_NOTIFY -> {
        on(TraceKind.PRESENTER_NOTIFY)
            .set(TraceField.NVT_BLOCK, log.value(0))
            .set(TraceField.NVT_INDEX, log.value(1))
            .set(TraceField.RING, log.value(2));
        if (mayNotify && openThread == log.thread()) {
          mayNotify = false;
          append(event);
        } else {
          hold();
        }
      }
      case TCTX_NOTIFY -> observation(tctx(TraceKind.TCTX_NOTIFY));
      case TCTX_ACCEPT -> {
        tctx(TraceKind.TCTX_ACCEPT);
        hold();
      }
      case TCTX_SET_CPPR -> observation(tctx(TraceKind.TCTX_SET_CPPR));
      case IRQ_SET -> pin();
      case ICS_SET_IRQ_MSI -> {
        int source = (int) log.value(0);
        levels.flip(source);
        stimulus(
            on(TraceKind.SET_LINE)
                .set(TraceField.SOURCE, source)
                .set(TraceField.LEVEL, levels.get(source) ? 1 : 0)
                .set(TraceField.INFERRED, true));
      }
      case ICS_SET_IRQ_LSI -> {
        lsi.begin(TraceKind.SET_LINE, now(), vcpu(), log.thread())
            .set(TraceField.SOURCE, log.value(0))
            .set(TraceField.INFERRED, true);
        lsiPending = true;
      }
      case ICS_WRITE_XIVE -> {
        priorities.put((int) log.value(0), (int) log.value(2));
        stimulus(
            on(TraceKind.SOURCE_CONFIG)
                .set(TraceField.SOURCE, log.value(0))
                .set(TraceField.SERVER, log.value(1))
                .set(TraceField.PRIORITY, log.value(2)));
      }
      case ICS_REJECT -> {
        sent.clear((int) log.value(0));
        observation(on(TraceKind.ICS_REJECT).set(TraceField.SOURCE, log.value(0)));
      }
      case ICS_EOI -> {
        sent.clear((int) log.value(0));
        observation(on(TraceKind.ICS_EOI).set(TraceField.SOURCE, log.value(0)));
      }
      case ICP_IRQ -> {
        sent.set((int) log.value(1));
        observation(
            on(TraceKind.ICP_PRESENT)
                .set(TraceField.SERVER, log.value(0))
                .set(TraceField.SOURCE, log.value(1))
                .set(TraceField.PRIORITY, log.value(2)));
      }
      case ICP_RAISE ->
          observation(
              on(TraceKind.ICP_RAISE)
                  .set(TraceField.XIRR, log.value(0))
                  .set(TraceField.PENDING_PRIORITY, log.value(1)));
      case ICP_CHECK_IPI ->
          observation(
              on(TraceKind.ICP_IPI)
                  .set(TraceField.SERVER, machine.serverOf((int) log.value(0)))
                  .set(TraceField.MFRR, log.value(1)));
      case ICP_ACCEPT -> accept();
      case ICP_EOI -> eoi();
      case CHANGE_MSI -> {
        on(TraceKind.CHANGE_MSI)
            .set(TraceField.CONFIG_ADDRESS, log.value(0))
            .set(TraceField.FUNCTION, log.value(1))
            .set(TraceField.COUNT, log.value(2))
            .set(TraceField.FIRST_SOURCE, log.value(3));
        append(event);
      }
      case CAS_CONTINUE -> {
        mode = machine.choice(choices++);
        stimulus(changeMode(vcpu(), log.thread()));
      }
      case MONITOR -> {
        if (log.isInfoPic()) {
          releaseHeld();
          append(on(TraceKind.SNAPSHOT).set(TraceField.NUMBER, ++snapshots));
          if (infoPic != null) {
            infoPic.snapshot(snapshots, snapshotSink);
          }
        } else {
          report.skip(CONTEXT);
        }
      }
      case VIO_FREE_CRQ -> report.skip(CONTEXT);
      default -> xiveHcall(next);
    }
  }

  /** Appends what snapshots show, where the log has them. */
  private final InfoPicReader.Sink snapshotSink =
      new InfoPicReader.Sink() {
        @Override
        public TraceEvent begin(TraceKind kind) {
          return on(kind);
        }

        @Override
        public void append(TraceEvent shown) throws IOException {
          QemuLogImporter.this.append(shown);
        }

        @Override
        public void skip(String reason) {
          report.skip(reason);
        }
      };

  private void xiveHcall(QemuEvent call) throws IOException {
    int opcode = opcodeOf(call);
    if (openFromLine && openOpcode == opcode && openThread == log.thread()) {
      // The line of -d int has said the same, with all registers.
      openFromLine = false;
      report.skip(IGNORED);
      return;
    }
    on(TraceKind.HCALL).set(TraceField.OPCODE, opcode);
    TraceField[] arguments = {
      TraceField.ARG0, TraceField.ARG1, TraceField.ARG2, TraceField.ARG3, TraceField.ARG4
    };
    for (int i = 0; i < argumentCount(call); i++) {
      event.set(arguments[i], log.value(i));
    }
    stimulus(event);
    openOpcode = opcode;
  }

  private static int opcodeOf(QemuEvent event) {
    return switch (event) {
      case GET_SOURCE_INFO -> Hcall.H_INT_GET_SOURCE_INFO;
      case SET_SOURCE_CONFIG -> Hcall.H_INT_SET_SOURCE_CONFIG;
      case GET_SOURCE_CONFIG -> Hcall.H_INT_GET_SOURCE_CONFIG;
      case GET_QUEUE_INFO -> Hcall.H_INT_GET_QUEUE_INFO;
      case SET_QUEUE_CONFIG -> Hcall.H_INT_SET_QUEUE_CONFIG;
      case GET_QUEUE_CONFIG -> Hcall.H_INT_GET_QUEUE_CONFIG;
      case SET_OS_REPORTING_LINE -> Hcall.H_INT_SET_OS_REPORTING_LINE;
      case GET_OS_REPORTING_LINE -> Hcall.H_INT_GET_OS_REPORTING_LINE;
      case HCALL_ESB -> Hcall.H_INT_ESB;
      case HCALL_SYNC -> Hcall.H_INT_SYNC;
      case HCALL_RESET -> Hcall.H_INT_RESET;
      default -> 0;
    };
  }

  private static int argumentCount(QemuEvent call) {
    return switch (call) {
      case SET_SOURCE_CONFIG, SET_QUEUE_CONFIG -> 5;
      case HCALL_ESB -> 4;
      case GET_QUEUE_INFO, GET_QUEUE_CONFIG -> 3;
      case GET_SOURCE_INFO, GET_SOURCE_CONFIG, HCALL_SYNC -> 2;
      default -> 1;
    };
  }

  private void esbRead() throws IOException {
    esb(TraceKind.ESB_LOAD);
    int offset = event.getInt(TraceField.ESB_OFFSET);
    boolean makesEoi = offset >= ESB_MANAGEMENT_PAGE && offset < ESB_MANAGEMENT_PAGE + 0x400;
    // Only an EOI can have caused a notification, and its value says that it did.
    if (makesEoi && log.value(2) != 0) {
      late(event);
    } else {
      stimulus(event);
    }
  }

  private TraceEvent esb(TraceKind kind) {
    boolean byHcall = openOpcode == Hcall.H_INT_ESB && openThread == log.thread();
    return on(kind)
        .set(TraceField.SOURCE, log.value(1))
        .set(TraceField.ESB_OFFSET, log.value(0) & ESB_BYTES_MASK)
        .set(TraceField.VALUE, log.value(2))
        .set(TraceField.BY_HCALL, byHcall);
  }

  private TraceEvent tima(TraceKind kind) {
    return on(kind)
        .set(TraceField.TIMA_OFFSET, log.value(0))
        .set(TraceField.SIZE, log.value(1))
        .set(TraceField.VALUE, log.value(2));
  }

  private TraceEvent tctx(TraceKind kind) {
    return on(kind)
        .set(TraceField.TARGET, log.value(0))
        .set(TraceField.RING, log.value(1))
        .set(TraceField.IPB, log.value(2))
        .set(TraceField.PIPR, log.value(3))
        .set(TraceField.CPPR, log.value(4))
        .set(TraceField.NSR, log.value(5));
  }

  private void pin() throws IOException {
    int target = machine.vcpuOfEnv(log.value(0));
    if (target == TraceEvent.NO_VCPU) {
      report.skip(OTHER_PINS);
      return;
    }
    on(TraceKind.PIN).set(TraceField.TARGET, target).set(TraceField.LEVEL, log.value(2));
    boolean ofHcall = QemuMachine.isXics(openOpcode) && openThread == log.thread();
    if (log.value(2) == 0 && !ofHcall) {
      hold();
    } else {
      observation(event);
    }
  }

  private void accept() throws IOException {
    int vcpu = vcpu();
    if (vcpu == TraceEvent.NO_VCPU) {
      throw log.error("an H_XIRR by a thread that is never seen to be a vCPU's");
    }
    long xirr = log.value(0);
    long newXirr = log.value(1);
    if (openOpcode != Hcall.H_XIRR && openOpcode != Hcall.H_XIRR_X) {
      late(on(TraceKind.HCALL).set(TraceField.OPCODE, Hcall.H_XIRR).set(TraceField.INFERRED, true));
    }
    openOpcode = 0;
    observation(
        on(TraceKind.ICP_ACCEPT)
            .set(TraceField.SERVER, machine.serverOf(vcpu))
            .set(TraceField.XIRR, xirr)
            .set(TraceField.NEW_XIRR, newXirr));
  }

  private void eoi() throws IOException {
    if (openOpcode != Hcall.H_EOI) {
      stimulus(
          on(TraceKind.HCALL)
              .set(TraceField.OPCODE, Hcall.H_EOI)
              .set(TraceField.ARG0, log.value(1))
              .set(TraceField.INFERRED, true));
    }
    openOpcode = 0;
    observation(
        on(TraceKind.ICP_EOI)
            .set(TraceField.SERVER, machine.serverOf((int) log.value(0)))
            .set(TraceField.XIRR, log.value(1))
            .set(TraceField.NEW_XIRR, log.value(2)));
  }

  /** Appends the line change of an LSI, now that what follows tells its level. */
  private void settleLsi(QemuEvent next) throws IOException {
    if (!lsiPending) {
      return;
    }
    lsiPending = false;
    int source = lsi.getInt(TraceField.SOURCE);
    boolean presented = next == QemuEvent.ICP_IRQ && log.value(1) == source;
    boolean masked = priorities.getOrDefault(source, 0xff) == 0xff;
    boolean level = presented || (!levels.get(source) && !masked && sent.get(source));
    levels.set(source, level);
    stimulus(lsi.set(TraceField.LEVEL, level ? 1 : 0));
  }

  private void seeReset() throws IOException {
    resets.see(log);
    if (resets.isOver()) {
      reset();
    }
  }

  private void reset() throws IOException {
    stimulus(begin(TraceKind.MACHINE_RESET, TraceEvent.NO_VCPU, 0));
    priorities.clear();
    sent.clear();
    if (report.header().mode() == TraceMode.DUAL && mode != machine.initialMode()) {
      mode = machine.initialMode();
      stimulus(changeMode(TraceEvent.NO_VCPU, 0));
    }
  }

  private TraceEvent changeMode(int vcpu, long thread) {
    return begin(TraceKind.MODE_CHANGE, vcpu, thread)
        .set(TraceField.MODE, mode == TraceMode.XICS ? 1 : 0);
  }

  // Putting events into the trace

  private TraceEvent on(TraceKind kind) {
    return begin(kind, vcpu(), log.thread());
  }

  private TraceEvent begin(TraceKind kind, int vcpu, long thread) {
    return event.begin(kind, now(), vcpu, thread);
  }

  private int vcpu() {
    return machine.vcpuOfThread(log.thread());
  }

  /** Lines of -d int have no time: that of the line before is the best there is. */
  private long now() {
    return log.timeNanos() == 0 ? machine.firstNanos() : log.timeNanos();
  }

  private void stimulus(TraceEvent cause) throws IOException {
    releaseHeld();
    append(cause);
    opened(cause);
  }

  /** Appends a stimulus whose effects were written before it. */
  private void late(TraceEvent cause) throws IOException {
    append(cause);
    opened(cause);
    releaseHeld();
  }

  private void opened(TraceEvent cause) {
    openOpcode = 0;
    openFromLine = false;
    openThread = cause.thread();
    mayNotify = false;
  }

  private void observation(TraceEvent effect) throws IOException {
    if (held.isEmpty()) {
      append(effect);
    } else {
      held.add(new TraceEvent().copyFrom(effect));
    }
  }

  private void hold() {
    held.add(new TraceEvent().copyFrom(event));
  }

  private void releaseHeld() throws IOException {
    for (int i = 0; i < held.size(); i++) {
      append(held.get(i));
    }
    held.clear();
  }

  private void append(TraceEvent appended) throws IOException {
    report.take(appended.kind());
    writer.append(appended);
  }
}
