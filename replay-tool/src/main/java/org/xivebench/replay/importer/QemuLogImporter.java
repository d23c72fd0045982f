package org.xivebench.replay.importer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * the operations. Within one operation it writes some lines before their effects and some after,
 * which {@link EventOrder} undoes.
 *
 * <p>What a log does not say and what is concluded instead:
 *
 * <ul>
 *   <li>the level of a XICS line: by {@link XicsLines};
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

  private static final TraceField[] ARGUMENTS = {
    TraceField.ARG0, TraceField.ARG1, TraceField.ARG2, TraceField.ARG3, TraceField.ARG4
  };

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
  private final TraceEvent hcall = new TraceEvent();
  private final TraceEvent lsi = new TraceEvent();
  private final ReturningCalls returning = new ReturningCalls();
  private final XicsLines lines = new XicsLines();
  private final ResetDetector resets = new ResetDetector();
  private QemuMachine machine;
  private QemuLogReader log;
  private EventOrder order;

  /** Null if there is none. */
  private InfoPicReader infoPic;

  private TraceMode mode;
  private boolean hcallPending;
  private long hcallReturnAddress;
  private long hcallOffset;
  private boolean lsiPending;
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
      TraceWriter writer = new TraceWriter(out, report.header());
      order = new EventOrder(writer, report);
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
    order.releaseHeld();
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
      case ICS_SET_IRQ_MSI -> {
        boolean unusedLevel = lines.changeMsi((int) log.value(0));
      }
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
      returning.made(
          new ReturningCalls.Call(
              log.hypercallReturnAddress(), (int) opcode, TraceEvent.NO_VCPU, false));
      return;
    }
    hcallPending = true;
    hcallReturnAddress = log.hypercallReturnAddress();
    hcallOffset = log.value(offsetRegister((int) opcode));
    hcall
        .begin(TraceKind.HCALL, now(), TraceEvent.NO_VCPU, 0)
        .set(TraceField.OPCODE, opcode)
        .set(TraceField.ARG0, log.value(1))
        .set(TraceField.ARG1, log.value(2))
        .set(TraceField.ARG2, log.value(3))
        .set(TraceField.ARG3, log.value(4))
        .set(TraceField.ARG4, log.value(5));
  }

  /** The register, counted from R3, that holds Linux's per-CPU offset when it makes the call. */
  private static int offsetRegister(int opcode) {
    return switch (opcode) {
      case Hcall.H_XIRR -> 2;
      case Hcall.H_CPPR -> 4;
      default -> 3;
    };
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
    order.call(hcall, true);
    returning.made(new ReturningCalls.Call(hcallReturnAddress, opcode, vcpu, true));
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
      default -> next.opcode() == opcode;
    };
  }

  /**
   * Whether a hypercall is always followed by an event that says who made it. A dump that comes
   * before that is another vCPU's: dumps are written outside QEMU's lock.
   */
  private static boolean alwaysHasEffect(int opcode) {
    return opcode == Hcall.H_EOI || opcode == Hcall.H_XIRR || opcode == Hcall.H_XIRR_X;
  }

  private void dumpResult() throws IOException {
    report.skip(DUMPS);
    if (hcallPending && !alwaysHasEffect(hcall.getInt(TraceField.OPCODE))) {
      settleHcall(null);
    }
    ReturningCalls.Call call =
        returning.returned(log.dumpNip(), log.dumpVcpu(), () -> report.skip(UNCLAIMED_DUMPS));
    if (call != null && call.taken()) {
      settleLsi(null);
      begin(TraceKind.HCALL_RETURN, log.dumpVcpu(), 0)
          .set(TraceField.OPCODE, call.opcode())
          .set(TraceField.STATUS, log.dumpStatus())
          .set(TraceField.ARG0, log.value(0))
          .set(TraceField.ARG1, log.value(1))
          .set(TraceField.ARG2, log.value(2))
          .set(TraceField.ARG3, log.value(3));
      order.append(event);
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
      case XIVE_SET_IRQ -> xiveLine();
      case ESB_READ -> esbRead();
      case ESB_WRITE -> order.trigger(esb(TraceKind.ESB_STORE));
      case TM_READ -> order.late(tima(TraceKind.TIMA_LOAD));
      case TM_WRITE -> stimulus(tima(TraceKind.TIMA_STORE));
      case PRESENTER_NOTIFY ->
          order.notification(
              on(TraceKind.PRESENTER_NOTIFY)
                  .set(TraceField.NVT_BLOCK, log.value(0))
                  .set(TraceField.NVT_INDEX, log.value(1))
                  .set(TraceField.RING, log.value(2)));
      case TCTX_NOTIFY -> observation(tctx(TraceKind.TCTX_NOTIFY));
      case TCTX_ACCEPT -> order.hold(tctx(TraceKind.TCTX_ACCEPT));
      case TCTX_SET_CPPR -> observation(tctx(TraceKind.TCTX_SET_CPPR));
      case IRQ_SET -> pin();
      case ICS_SET_IRQ_MSI -> {
        int source = (int) log.value(0);
        stimulus(
            on(TraceKind.SET_LINE)
                .set(TraceField.SOURCE, source)
                .set(TraceField.LEVEL, lines.changeMsi(source) ? 1 : 0)
                .set(TraceField.INFERRED, true));
      }
      case ICS_SET_IRQ_LSI -> {
        lsi.begin(TraceKind.SET_LINE, now(), vcpu(), log.thread())
            .set(TraceField.SOURCE, log.value(0))
            .set(TraceField.INFERRED, true);
        lsiPending = true;
      }
      case ICS_WRITE_XIVE -> {
        lines.configured((int) log.value(0), (int) log.value(2));
        stimulus(
            on(TraceKind.SOURCE_CONFIG)
                .set(TraceField.SOURCE, log.value(0))
                .set(TraceField.SERVER, log.value(1))
                .set(TraceField.PRIORITY, log.value(2)));
      }
      case ICS_REJECT -> {
        lines.returned((int) log.value(0));
        observation(on(TraceKind.ICS_REJECT).set(TraceField.SOURCE, log.value(0)));
      }
      case ICS_EOI -> {
        lines.returned((int) log.value(0));
        observation(on(TraceKind.ICS_EOI).set(TraceField.SOURCE, log.value(0)));
      }
      case ICP_IRQ -> {
        lines.sent((int) log.value(1));
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
        order.append(event);
      }
      case CAS_CONTINUE -> {
        mode = machine.choice(choices++);
        stimulus(changeMode(vcpu(), log.thread()));
      }
      case MONITOR -> {
        if (log.isInfoPic()) {
          order.releaseHeld();
          order.append(on(TraceKind.SNAPSHOT).set(TraceField.NUMBER, ++snapshots));
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
          order.append(shown);
        }

        @Override
        public void skip(String reason) {
          report.skip(reason);
        }
      };

  private void xiveHcall(QemuEvent call) throws IOException {
    int opcode = call.opcode();
    if (order.repeats(opcode, log.thread())) {
      // The line of -d int has said the same, with all registers.
      report.skip(IGNORED);
      return;
    }
    on(TraceKind.HCALL).set(TraceField.OPCODE, opcode);
    for (int i = 0; i < call.valueCount(); i++) {
      event.set(ARGUMENTS[i], log.value(i));
    }
    order.call(event, false);
  }

  private void xiveLine() throws IOException {
    on(TraceKind.SET_LINE).set(TraceField.SOURCE, log.value(0)).set(TraceField.LEVEL, log.value(1));
    if (log.value(1) != 0) {
      order.trigger(event);
    } else {
      stimulus(event);
    }
  }

  private void esbRead() throws IOException {
    esb(TraceKind.ESB_LOAD);
    int offset = event.getInt(TraceField.ESB_OFFSET);
    boolean makesEoi = offset >= ESB_MANAGEMENT_PAGE && offset < ESB_MANAGEMENT_PAGE + 0x400;
    // Only an EOI can have caused a notification, and its value says that it did.
    if (makesEoi && log.value(2) != 0) {
      order.late(event);
    } else {
      stimulus(event);
    }
  }

  private TraceEvent esb(TraceKind kind) {
    boolean byHcall = order.serves(Hcall.H_INT_ESB, log.thread());
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
    if (log.value(2) == 0 && !order.servesXics(log.thread())) {
      order.hold(event);
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
    int call = order.endCall();
    if (call != Hcall.H_XIRR && call != Hcall.H_XIRR_X) {
      order.late(
          on(TraceKind.HCALL).set(TraceField.OPCODE, Hcall.H_XIRR).set(TraceField.INFERRED, true));
    }
    observation(
        on(TraceKind.ICP_ACCEPT)
            .set(TraceField.SERVER, machine.serverOf(vcpu))
            .set(TraceField.XIRR, xirr)
            .set(TraceField.NEW_XIRR, newXirr));
  }

  private void eoi() throws IOException {
    if (order.endCall() != Hcall.H_EOI) {
      stimulus(
          on(TraceKind.HCALL)
              .set(TraceField.OPCODE, Hcall.H_EOI)
              .set(TraceField.ARG0, log.value(1))
              .set(TraceField.INFERRED, true));
    }
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
    stimulus(lsi.set(TraceField.LEVEL, lines.changeLsi(source, presented) ? 1 : 0));
  }

  private void seeReset() throws IOException {
    resets.see(log);
    if (resets.isOver()) {
      reset();
    }
  }

  private void reset() throws IOException {
    stimulus(begin(TraceKind.MACHINE_RESET, TraceEvent.NO_VCPU, 0));
    lines.reset();
    if (report.header().mode() == TraceMode.DUAL && mode != machine.initialMode()) {
      mode = machine.initialMode();
      stimulus(changeMode(TraceEvent.NO_VCPU, 0));
    }
  }

  private TraceEvent changeMode(int vcpu, long thread) {
    return begin(TraceKind.MODE_CHANGE, vcpu, thread)
        .set(TraceField.MODE, mode == TraceMode.XICS ? 1 : 0);
  }

  // Making events

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
    order.stimulus(cause);
  }

  private void observation(TraceEvent effect) throws IOException {
    order.observation(effect);
  }
}
