package org.xivebench.replay.importer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;

/**
 * Makes a trace of the text of a Linux kernel trace. A kernel sees its interrupts when it takes
 * them: that a device sent one is concluded from its being handled, and stands in the trace as a
 * pulse of its line with {@link TraceField#INFERRED}. Such a trace replays concurrently; it lacks
 * what the controller answered.
 *
 * <p>Linux irqs become sources by the events that name both: configure_irq first, otherwise the
 * hwirq of a probe. A source that was handled before its routing was set begins routed to the CPU
 * that handled it first.
 */
public final class FtraceImporter {
  /** The time base of POWER8 and later, which trace_clock {@code ppc-tb} counts. */
  public static final long TIMEBASE_HZ = 512_000_000;

  private static final String REPEATS = "events that repeat what others say";
  private static final String SPURIOUS = "looks for an interrupt that found none";
  private static final String BEGUN_BEFORE = "ends of interrupts that began before the text";
  private static final String NO_SOURCE = "events of sources that nothing names";
  private static final String NO_ARGUMENTS = "hypercalls whose arguments the text does not have";
  private static final String OTHER_HYPERCALLS = "hypercalls that do not concern interrupts";
  private static final String OF_THE_HOST = "interrupts of the host, which are not its guests'";
  private static final String UNREADABLE_STATUS = "hypercall returns of another name";
  private static final String SAID_BY_CONFIGURE = "changes of affinity, which configure_irq tells";
  private static final String NOTES = "notes that events were lost";
  private static final String COMMENTS = "comments and headers";
  private static final String UNKNOWN_LINES = "lines of no known kind";
  private static final String OTHER_MODE = "events of the mode that most others are not of";
  private static final String EVENT_OF = "event ";

  /** Names of other events that are counted one by one. */
  private static final int MAX_REASONS = 200;

  private static final int MANAGEMENT_PAGE = 0x1_0000;
  private static final int XIVE_PRIORITY = 6;
  private static final int XICS_DEVICE_PRIORITY = 5;
  private static final int XICS_IPI_PRIORITY = 4;
  private static final int XICS_IPI = 2;
  private static final int XIRR_CPPR_ALL = 0xff00_0000;
  private static final int SET_EISN = 2;
  private static final int RTAS_INT_OFF = 2;
  private static final int RTAS_INT_ON = 3;

  /** Interrupts that a CPU may be handling at once; Linux does not even let two. */
  private static final int MAX_NESTED = 16;

  private static final int LINES_PER_PROGRESS = 1 << 12;

  private final Path file;
  private final long ticksPerSecond;
  private final ReadMode readMode;
  private final Progress progress;
  private final Cancellation cancellation;
  private final ImportReport report = new ImportReport();
  private final long fileSize;
  private final TraceEvent event = new TraceEvent();

  /** By CPU: the irqs being handled, the innermost last. */
  private final Map<Integer, List<Integer>> inService = new HashMap<>();

  /** By CPU: the irq whose handler has just said that it was not its device's. */
  private final Map<Integer, Integer> unhandled = new HashMap<>();

  /** By CPU: the call of esb_rw that has not returned. */
  private final Map<Integer, long[]> esbCalls = new HashMap<>();

  /** By vCPU of a guest: the hypercall that has not returned. */
  private final Map<Integer, Integer> openCalls = new HashMap<>();

  private final Map<Integer, Integer> serverBySource = new HashMap<>();
  private final Set<String> otherEvents = new HashSet<>();
  private FtraceMachine machine;
  private FtraceReader text;
  private TraceWriter writer;

  private FtraceImporter(
      Path file,
      long ticksPerSecond,
      ReadMode readMode,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    this.file = file;
    this.ticksPerSecond = ticksPerSecond;
    this.readMode = readMode;
    this.progress = progress;
    this.cancellation = cancellation;
    this.fileSize = Files.isRegularFile(file) ? Files.size(file) : 0;
  }

  /**
   * Imports a text.
   *
   * @param file the text, plain or compressed with gzip or xz; it is read twice
   * @param ticksPerSecond what times that are whole numbers count
   * @param readMode whether a text that is cut off is imported up to there
   * @param out where the trace goes; closed when this returns
   * @param progress told how many bytes of the file were read, out of twice its size
   * @param cancellation asked between lines; when it is requested the trace stays without its end
   * @return what was taken and what was not
   * @throws InputException if the text cannot be read, or holds nothing to import
   */
  public static ImportReport run(
      Path file,
      long ticksPerSecond,
      ReadMode readMode,
      OutputStream out,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    return new FtraceImporter(file, ticksPerSecond, readMode, progress, cancellation).run(out);
  }

  private ImportReport run(OutputStream out) throws IOException {
    try (out) {
      try (FtraceReader first = FtraceReader.open(file, ticksPerSecond, readMode)) {
        machine = FtraceMachine.scan(file, first, () -> tell(first, 0));
      }
      report.header(machine.header("ftrace text " + file.getFileName()));
      machine.approximations().forEach(report::approximate);
      writer = new TraceWriter(out, report.header());
      setUp();
      try (FtraceReader second = FtraceReader.open(file, ticksPerSecond, readMode)) {
        text = second;
        convert();
        report.input(text.lineNumber(), text.textBytes());
        report.lose(text.loss());
      }
      if (!cancellation.isRequested()) {
        writer.end();
      }
      writer.close();
    }
    return report;
  }

  private void tell(FtraceReader reader, long before) {
    if (reader.lineNumber() % LINES_PER_PROGRESS == 0) {
      progress.update(before + reader.fileBytes(), 2 * fileSize);
    }
  }

  /** Routes the sources that are handled to the CPU that handles them first. */
  private void setUp() throws IOException {
    if (machine.view() == FtraceMachine.View.HOST) {
      return;
    }
    Set<Integer> done = new HashSet<>();
    for (Map.Entry<Integer, Integer> handled : machine.firstCpus().entrySet()) {
      int irq = handled.getKey();
      int source = machine.source(irq);
      if (machine.isIpi(irq) || !isDevice(source) || !done.add(source)) {
        continue;
      }
      int server = machine.server(handled.getValue());
      serverBySource.put(source, server);
      long nanos = machine.firstNanos();
      if (isXics()) {
        event
            .begin(TraceKind.SOURCE_CONFIG, nanos, TraceEvent.NO_VCPU, 0)
            .set(TraceField.SOURCE, source)
            .set(TraceField.SERVER, server)
            .set(TraceField.PRIORITY, XICS_DEVICE_PRIORITY);
      } else {
        event
            .begin(TraceKind.HCALL, nanos, TraceEvent.NO_VCPU, 0)
            .set(TraceField.OPCODE, Hcall.H_INT_SET_SOURCE_CONFIG)
            .set(TraceField.ARG0, SET_EISN)
            .set(TraceField.ARG1, source)
            .set(TraceField.ARG2, server)
            .set(TraceField.ARG3, XIVE_PRIORITY)
            .set(TraceField.ARG4, irq)
            .set(TraceField.INFERRED, true);
      }
      append(event);
    }
  }

  private boolean isXics() {
    return machine.mode() == TraceMode.XICS;
  }

  private static boolean isDevice(int source) {
    return source >= InterruptMap.FIRST_DEVICE;
  }

  private void convert() throws IOException {
    FtraceReader.Kind kind;
    while (!cancellation.isRequested() && (kind = text.next()) != null) {
      tell(text, fileSize);
      switch (kind) {
        case EVENT -> event();
        case OTHER_EVENT -> skipOther();
        case LOST -> report.skip(NOTES);
        case COMMENT -> report.skip(COMMENTS);
        case UNKNOWN -> report.skip(UNKNOWN_LINES);
      }
    }
  }

  private void skipOther() {
    String name = text.eventName();
    if (otherEvents.size() < MAX_REASONS) {
      otherEvents.add(name);
    }
    report.skip(otherEvents.contains(name) ? EVENT_OF + name : "further events");
  }

  private void event() throws IOException {
    FtraceEvent next = text.event();
    if (machine.view() == FtraceMachine.View.HOST) {
      hostEvent(next);
    } else if (next.isOfHost() || (isXics() ? next.isXive() : next.isXics())) {
      report.skip(OTHER_MODE);
    } else {
      guestEvent(next);
    }
  }

  // A guest's view

  private void guestEvent(FtraceEvent next) throws IOException {
    if (next == machine.beginning()) {
      begin(next);
      return;
    }
    if (next == machine.ending()) {
      end(next);
      return;
    }
    switch (next) {
      case CONFIGURE_IRQ -> configure();
      case SET_QUEUE_CONFIG ->
          hcall(
              Hcall.H_INT_SET_QUEUE_CONFIG,
              text.number("flags"),
              text.number("target", "server"),
              text.number("prio", "priority"),
              text.number("qpage"),
              text.number("qsize"));
      case POPULATE_IRQ_DATA -> sourceHcall(Hcall.H_INT_GET_SOURCE_INFO);
      case GET_IRQ_CONFIG -> sourceHcall(Hcall.H_INT_GET_SOURCE_CONFIG);
      case SYNC_SOURCE -> sourceHcall(Hcall.H_INT_SYNC);
      case ESB_RW -> esbCall();
      case ESB_RW_RETURN -> esbReturn();
      case XIVE_MASK, XIVE_SHUTDOWN -> esbLoad(probed(), EsbOffset.SET_PQ_01, Pq.RESET);
      case XIVE_UNMASK, XIVE_STARTUP -> esbLoad(probed(), EsbOffset.SET_PQ_00, Pq.OFF);
      case XIVE_CAUSE_IPI, ICP_CAUSE_IPI -> sendIpi((int) text.number("cpu"), text.cpu());
      case IPI_RAISE, IPI_SEND_CPU, IPI_SEND_CPUMASK -> ipiEvent(next);
      case XIVE_IPI_EOI -> endIpi();
      case ICP_EOI -> end(next);
      case ICS_MASK -> rtas(RTAS_INT_OFF);
      case ICS_UNMASK -> rtas(RTAS_INT_ON);
      case XIVE_SET_AFFINITY, ICS_SET_AFFINITY -> report.skip(SAID_BY_CONFIGURE);
      case IRQ_HANDLER_EXIT -> handlerExit();
      case ICP_SET_PRIORITY -> hcall(Hcall.H_CPPR, text.number("cppr"), 0, 0, 0, 0);
      case HCALL_ENTRY -> hcallEntry();
      case HCALL_EXIT -> hcallExit();
      default -> report.skip(REPEATS);
    }
  }

  private void begin(FtraceEvent next) throws IOException {
    int cpu = text.cpu();
    boolean isHandler = next == FtraceEvent.IRQ_HANDLER_ENTRY;
    int irq = (int) (isHandler ? text.number("irq") : text.number("virq", "irq", "ret", "arg1"));
    if (irq <= 0) {
      report.skip(SPURIOUS);
      return;
    }
    Integer again = unhandled.remove(cpu);
    if (isHandler && again != null && again == irq) {
      report.skip(REPEATS); // the next action of a shared irq
      return;
    }
    List<Integer> open = inService.computeIfAbsent(cpu, c -> new ArrayList<>());
    if (open.size() == MAX_NESTED) {
      int unusedOldest = open.remove(0); // its end is not in the text
    }
    open.add(irq);
    if (machine.isIpi(irq)) {
      if (machine.ipi() == null) {
        sendIpi(cpu, TraceEvent.NO_VCPU); // nothing tells who sent it
      } else {
        report.skip(REPEATS);
      }
      return;
    }
    int source = machine.source(irq);
    if (!isDevice(source)) {
      report.skip(NO_SOURCE);
      return;
    }
    for (int level = 1; level >= 0; level--) {
      event
          .begin(TraceKind.SET_LINE, text.timeNanos(), TraceEvent.NO_VCPU, 0)
          .set(TraceField.SOURCE, source)
          .set(TraceField.LEVEL, level)
          .set(TraceField.INFERRED, true);
      append(event);
    }
  }

  private void end(FtraceEvent next) throws IOException {
    int cpu = text.cpu();
    if (next == FtraceEvent.IRQ_HANDLER_EXIT && "unhandled".equals(text.argument("ret"))) {
      unhandled.put(cpu, (int) text.number("irq"));
    }
    List<Integer> open = inService.getOrDefault(cpu, List.of());
    int at = text.has("irq") ? open.lastIndexOf((int) text.number("irq")) : open.size() - 1;
    if (at < 0) {
      report.skip(BEGUN_BEFORE);
      return;
    }
    int ended = open.get(at);
    open.subList(at, open.size()).clear();
    if (machine.isIpi(ended)) {
      if (isXics()) {
        xicsEoi(XICS_IPI);
      } else {
        esbLoad(cpu, EsbOffset.SET_PQ_00, Pq.PENDING);
      }
      return;
    }
    int source = machine.source(ended);
    if (!isDevice(source)) {
      report.skip(NO_SOURCE);
    } else if (isXics()) {
      xicsEoi(source);
    } else {
      esbLoad(source, EsbOffset.SET_PQ_00, Pq.PENDING);
    }
  }

  private void endIpi() throws IOException {
    if (machine.ending() == FtraceEvent.IRQ_HANDLER_EXIT) {
      report.skip(REPEATS); // the handler's exit has ended it
      return;
    }
    List<Integer> open = inService.getOrDefault(text.cpu(), List.of());
    if (!open.isEmpty() && machine.isIpi(open.get(open.size() - 1))) {
      int unusedIrq = open.remove(open.size() - 1);
    }
    esbLoad(text.cpu(), EsbOffset.SET_PQ_00, Pq.PENDING);
  }

  /** The exit of a handler where other events tell the ends of interrupts. */
  private void handlerExit() throws IOException {
    boolean ofIpi = machine.isIpi((int) text.number("irq"));
    if (ofIpi && !isXics() && !machine.tellsIpiEnd()) {
      end(FtraceEvent.IRQ_HANDLER_EXIT);
    } else {
      report.skip(REPEATS);
    }
  }

  private void xicsEoi(int source) throws IOException {
    int cpu = text.cpu();
    long xirr = (XIRR_CPPR_ALL | source) & 0xffff_ffffL;
    append(
        on(TraceKind.HCALL, cpu)
            .set(TraceField.OPCODE, Hcall.H_EOI)
            .set(TraceField.ARG0, xirr)
            .set(TraceField.INFERRED, true));
    append(
        on(TraceKind.ICP_EOI, cpu)
            .set(TraceField.SERVER, machine.server(cpu))
            .set(TraceField.XIRR, xirr)
            .set(TraceField.NEW_XIRR, XIRR_CPPR_ALL));
  }

  private void configure() throws IOException {
    long hardware = text.number("hw", "hw_irq", "hwirq", "lisn");
    int source = machine.sourceOf(hardware);
    long target = text.number("target", "server");
    if (!isNamed(source) || !machine.hasServer(target)) {
      report.skip(NO_SOURCE);
      return;
    }
    serverBySource.put(source, (int) target);
    hcall(
        Hcall.H_INT_SET_SOURCE_CONFIG,
        SET_EISN,
        source,
        target,
        text.number("prio", "priority"),
        text.number("sw", "sw_irq", "irq", "virq", "eisn"));
  }

  private void sourceHcall(int opcode) throws IOException {
    int source = machine.sourceOf(text.number("hw", "hw_irq", "hwirq", "lisn"));
    if (!isNamed(source)) {
      report.skip(NO_SOURCE);
      return;
    }
    hcall(opcode, 0, source, 0, 0, 0);
  }

  private void hcall(int opcode, long arg0, long arg1, long arg2, long arg3, long arg4)
      throws IOException {
    append(
        on(TraceKind.HCALL, text.cpu())
            .set(TraceField.OPCODE, opcode)
            .set(TraceField.ARG0, arg0)
            .set(TraceField.ARG1, arg1)
            .set(TraceField.ARG2, arg2)
            .set(TraceField.ARG3, arg3)
            .set(TraceField.ARG4, arg4));
  }

  private void esbCall() throws IOException {
    long[] call = {
      machine.sourceOf(text.number("lisn", "hw", "hwirq")),
      text.number("offset"),
      text.number("data"),
      text.number("write")
    };
    if (!isDevice((int) call[0])) {
      report.skip(NO_SOURCE);
      return;
    }
    esbCalls.put(text.cpu(), call);
    hcall(Hcall.H_INT_ESB, call[3] != 0 ? 1 : 0, call[0], call[1], call[2], 0);
  }

  private void esbReturn() throws IOException {
    long[] call = esbCalls.remove(text.cpu());
    if (call == null) {
      report.skip(BEGUN_BEFORE);
      return;
    }
    boolean store = call[3] != 0;
    append(
        on(store ? TraceKind.ESB_STORE : TraceKind.ESB_LOAD, text.cpu())
            .set(TraceField.SOURCE, call[0])
            .set(TraceField.ESB_OFFSET, MANAGEMENT_PAGE + (call[1] & 0xfff))
            .set(TraceField.VALUE, store ? call[2] : text.number("ret", "retval", "arg1"))
            .set(TraceField.BY_HCALL, true));
  }

  private int probed() throws IOException {
    if (text.has("hwirq")) {
      return machine.sourceOf(text.number("hwirq"));
    }
    return machine.source((int) text.number("irq"));
  }

  private void esbLoad(int source, int offset, int value) throws IOException {
    if (!isNamed(source)) {
      report.skip(NO_SOURCE);
      return;
    }
    append(
        on(TraceKind.ESB_LOAD, text.cpu())
            .set(TraceField.SOURCE, source)
            .set(TraceField.ESB_OFFSET, MANAGEMENT_PAGE + offset)
            .set(TraceField.VALUE, value));
  }

  /** Whether the trace's header has a source: a device's, or in XIVE mode a vCPU's IPI. */
  private boolean isNamed(int source) {
    return isDevice(source) || (!isXics() && source >= 0 && source < report.header().vcpuCount());
  }

  private void rtas(int function) throws IOException {
    int source = probed();
    if (!isDevice(source)) {
      report.skip(NO_SOURCE);
      return;
    }
    append(
        on(TraceKind.RTAS_CALL, text.cpu())
            .set(TraceField.FUNCTION, function)
            .set(TraceField.SOURCE, source)
            .set(TraceField.SERVER, serverBySource.getOrDefault(source, machine.server(0)))
            .set(TraceField.PRIORITY, XICS_DEVICE_PRIORITY));
  }

  private void ipiEvent(FtraceEvent next) throws IOException {
    if (next != machine.ipi()) {
      report.skip(REPEATS);
      return;
    }
    CpuList targets =
        switch (next) {
          case IPI_RAISE -> CpuList.ofMask(text.argumentText(), "target_mask=");
          case IPI_SEND_CPU -> CpuList.ofRanges(text.argumentText(), "cpu=");
          default -> CpuList.ofRanges(text.argumentText(), "cpumask=");
        };
    if (targets == null) {
      throw text.error("an IPI whose targets cannot be read");
    }
    for (int cpu : targets.cpus()) {
      if (cpu >= report.header().vcpuCount()) {
        report.skip(NO_SOURCE);
      } else {
        sendIpi(cpu, text.cpu());
      }
    }
  }

  private void sendIpi(int target, int sender) throws IOException {
    if (isXics()) {
      event
          .begin(TraceKind.HCALL, text.timeNanos(), sender, threadOf(sender))
          .set(TraceField.OPCODE, Hcall.H_IPI)
          .set(TraceField.ARG0, machine.server(target))
          .set(TraceField.ARG1, XICS_IPI_PRIORITY)
          .set(TraceField.INFERRED, true);
    } else {
      event
          .begin(TraceKind.ESB_STORE, text.timeNanos(), sender, threadOf(sender))
          .set(TraceField.SOURCE, target);
    }
    append(event);
  }

  private void hcallEntry() throws IOException {
    long opcode = text.number("opcode");
    report.skip(
        opcode >= Hcall.H_INT_GET_SOURCE_INFO && opcode <= Hcall.H_INT_RESET
            ? NO_ARGUMENTS
            : OTHER_HYPERCALLS);
  }

  private void hcallExit() throws IOException {
    long opcode = text.number("opcode");
    if (opcode < Hcall.H_INT_GET_SOURCE_INFO || opcode > Hcall.H_INT_RESET) {
      report.skip(OTHER_HYPERCALLS);
      return;
    }
    append(
        on(TraceKind.HCALL_RETURN, text.cpu())
            .set(TraceField.OPCODE, opcode)
            .set(TraceField.STATUS, text.number("retval")));
  }

  // A host's view

  private void hostEvent(FtraceEvent next) throws IOException {
    switch (next) {
      case KVM_GUEST_ENTER -> append(onVcpu(TraceKind.VCPU_ENTER));
      case KVM_GUEST_EXIT -> append(onVcpu(TraceKind.VCPU_EXIT));
      case KVM_HCALL_ENTER -> hostCall();
      case KVM_HCALL_EXIT -> hostReturn();
      default -> report.skip(OF_THE_HOST);
    }
  }

  private TraceEvent onVcpu(TraceKind kind) throws IOException {
    return on(kind, machine.vcpuOfServer(KvmHvText.vcpu(text)));
  }

  private void hostCall() throws IOException {
    KvmHvText.Call call = KvmHvText.call(text);
    boolean xics = call.opcode() >= Hcall.H_EOI && call.opcode() <= Hcall.H_XIRR;
    boolean xive =
        call.opcode() >= Hcall.H_INT_GET_SOURCE_INFO && call.opcode() <= Hcall.H_INT_RESET;
    int vcpu = KvmHvText.vcpu(text);
    if (!xics && !xive && call.opcode() != Hcall.H_XIRR_X) {
      openCalls.remove(vcpu);
      report.skip(OTHER_HYPERCALLS);
      return;
    }
    long[] arguments = call.arguments();
    if (call.opcode() == Hcall.H_INT_SET_SOURCE_CONFIG) {
      int source = machine.sourceOf(arguments[1]);
      if (!isNamed(source) || !machine.hasServer(arguments[2])) {
        openCalls.remove(vcpu);
        report.skip(NO_SOURCE);
        return;
      }
      arguments[1] = source;
    }
    openCalls.put(vcpu, call.opcode());
    append(
        onVcpu(TraceKind.HCALL)
            .set(TraceField.OPCODE, call.opcode())
            .set(TraceField.ARG0, arguments[0])
            .set(TraceField.ARG1, arguments[1])
            .set(TraceField.ARG2, arguments[2])
            .set(TraceField.ARG3, arguments[3]));
  }

  private void hostReturn() throws IOException {
    Integer opcode = openCalls.remove(KvmHvText.vcpu(text));
    Long status = KvmHvText.status(text);
    if (opcode == null) {
      report.skip(OTHER_HYPERCALLS);
    } else if (status == null) {
      report.skip(UNREADABLE_STATUS);
    } else {
      append(
          onVcpu(TraceKind.HCALL_RETURN)
              .set(TraceField.OPCODE, opcode)
              .set(TraceField.STATUS, status));
    }
  }

  // Putting events into the trace

  private TraceEvent on(TraceKind kind, int vcpu) {
    return event.begin(kind, text.timeNanos(), vcpu, threadOf(vcpu));
  }

  /** What runs on a CPU is one thread of the machine, whatever task it is. */
  private static long threadOf(int vcpu) {
    return vcpu + 1L;
  }

  private void append(TraceEvent appended) throws IOException {
    report.take(appended.kind());
    writer.append(appended);
  }
}
