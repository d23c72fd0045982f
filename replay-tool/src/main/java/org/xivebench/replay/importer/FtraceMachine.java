package org.xivebench.replay.importer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.replay.InputException;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.vmm.InterruptMap;

/**
 * What a kernel trace says, as a whole, of the machine: whose trace it is, CPUs, which Linux irq is
 * which source, and which events there are to tell an interrupt's beginning and end.
 */
final class FtraceMachine {
  /** Whose kernel wrote the trace. */
  enum View {
    /** A guest's, or a bare machine's, in XIVE mode. */
    XIVE_GUEST,
    /** A guest's in XICS mode. */
    XICS_GUEST,
    /** A host's that runs guests. */
    HOST
  }

  /** More CPUs than this, and the machine could not be made. */
  private static final int MAX_CPUS = InterruptMap.FIRST_DEVICE;

  private static final int XICS_IPI = 2;

  private final Path file;
  private final Map<FtraceEvent, Long> seen = new EnumMap<>(FtraceEvent.class);
  private final Set<Integer> configuredIrqs = new HashSet<>();
  private final Map<Integer, Integer> hardwareByIrq = new HashMap<>();
  private final TreeMap<Integer, Integer> firstCpuByIrq = new TreeMap<>();
  private final Set<Integer> ipiIrqs = new HashSet<>();
  private final Set<Integer> otherHardware = new TreeSet<>();
  private final TreeSet<Integer> targets = new TreeSet<>();
  private final TreeSet<Integer> guestVcpus = new TreeSet<>();
  private final Map<Integer, Integer> lastIrqByCpu = new HashMap<>();
  private final Map<Integer, Integer> sourceByHardware = new HashMap<>();
  private final Map<Integer, Integer> sourceByIrq = new TreeMap<>();
  private final List<String> approximations = new ArrayList<>();
  private int maxCpu;
  private long firstNanos = -1;
  private long lostEvents;
  private long hypercallsOfXive;
  private View view;
  private FtraceEvent beginning;
  private FtraceEvent ending;
  private FtraceEvent ipi;
  private List<Integer> servers;

  private FtraceMachine(Path file) {
    this.file = file;
  }

  /** Reads a trace to its end. */
  static FtraceMachine scan(Path file, FtraceReader reader, Runnable afterLine) throws IOException {
    FtraceMachine machine = new FtraceMachine(file);
    FtraceReader.Kind kind;
    while ((kind = reader.next()) != null) {
      switch (kind) {
        case EVENT -> machine.see(reader);
        case LOST -> machine.lostEvents += reader.lostEvents();
        case OTHER_EVENT, COMMENT, UNKNOWN -> {}
      }
      afterLine.run();
    }
    machine.conclude();
    return machine;
  }

  private void see(FtraceReader reader) throws IOException {
    FtraceEvent event = reader.event();
    seen.merge(event, 1L, Long::sum);
    if (firstNanos < 0) {
      firstNanos = reader.timeNanos();
    }
    int cpu = reader.cpu();
    seeCpu(reader, cpu);
    switch (event) {
      case CONFIGURE_IRQ -> {
        int irq = (int) reader.number("sw", "sw_irq", "irq", "virq", "eisn");
        int hardware = (int) reader.number("hw", "hw_irq", "hwirq", "lisn");
        configuredIrqs.add(irq);
        hardwareByIrq.putIfAbsent(irq, hardware);
        otherHardware.add(hardware);
        targets.add((int) reader.number("target", "server"));
      }
      case XIVE_EOI,
          XIVE_MASK,
          XIVE_UNMASK,
          XIVE_STARTUP,
          XIVE_SHUTDOWN,
          ICP_EOI,
          ICS_MASK,
          ICS_UNMASK -> {
        if (reader.has("hwirq")) {
          int hardware = (int) reader.number("hwirq");
          otherHardware.add(hardware);
          if (reader.has("irq")) {
            int irq = (int) reader.number("irq");
            hardwareByIrq.putIfAbsent(irq, hardware);
            if (event == FtraceEvent.ICP_EOI && hardware == XICS_IPI) {
              ipiIrqs.add(irq);
            }
          }
        }
      }
      case XIVE_GET_IRQ_RETURN, ICP_GET_IRQ_RETURN ->
          handled((int) reader.number("virq", "irq", "ret", "arg1"), cpu);
      case IRQ_HANDLER_ENTRY -> {
        int irq = (int) reader.number("irq");
        String name = reader.argument("name");
        if (name != null && name.startsWith("IPI")) {
          ipiIrqs.add(irq);
        }
        handled(irq, cpu);
      }
      case XIVE_IPI_EOI -> {
        if (lastIrqByCpu.containsKey(cpu)) {
          ipiIrqs.add(lastIrqByCpu.get(cpu));
        }
      }
      case XIVE_CAUSE_IPI, ICP_CAUSE_IPI -> seeCpu(reader, reader.number("cpu"));
      case KVM_GUEST_ENTER, KVM_GUEST_EXIT, KVM_HCALL_EXIT ->
          guestVcpus.add(KvmHvText.vcpu(reader));
      case KVM_HCALL_ENTER -> {
        guestVcpus.add(KvmHvText.vcpu(reader));
        KvmHvText.Call call = KvmHvText.call(reader);
        if (call.opcode() >= Hcall.H_INT_GET_SOURCE_INFO && call.opcode() <= Hcall.H_INT_RESET) {
          hypercallsOfXive++;
        }
        if (call.opcode() == Hcall.H_INT_SET_SOURCE_CONFIG) {
          otherHardware.add((int) call.arguments()[1]);
        }
      }
      default -> {}
    }
  }

  private void seeCpu(FtraceReader reader, long cpu) throws IOException {
    if (cpu < 0 || cpu >= MAX_CPUS) {
      throw reader.error("CPU " + cpu + ": a machine has at most " + MAX_CPUS);
    }
    maxCpu = (int) Math.max(maxCpu, cpu);
  }

  private void handled(int irq, int cpu) {
    if (irq > 0) {
      lastIrqByCpu.put(cpu, irq);
      firstCpuByIrq.putIfAbsent(irq, cpu);
    }
  }

  private boolean has(FtraceEvent event) {
    return seen.containsKey(event);
  }

  private void conclude() throws InputException {
    if (seen.isEmpty()) {
      throw new InputException(
          file,
          "holds no event of an interrupt in the text of ftrace, trace-cmd report or perf script;"
              + " 'xivebench help import ftrace' tells how to record them");
    }
    long xive = seen.keySet().stream().filter(FtraceEvent::isXive).mapToLong(seen::get).sum();
    long xics = seen.keySet().stream().filter(FtraceEvent::isXics).mapToLong(seen::get).sum();
    boolean host = seen.keySet().stream().anyMatch(FtraceEvent::isOfHost);
    view = host ? View.HOST : xics > xive ? View.XICS_GUEST : View.XIVE_GUEST;
    if (view != View.HOST && xive + xics == 0) {
      approximations.add(
          "nothing tells the controller's mode: XIVE is assumed, and irqs get sources in order");
    }
    chooseEvents();
    servers = view == View.HOST ? List.copyOf(guestVcpus) : guestServers();
    // Sources that the text names keep their numbers; those that it does not name get others.
    otherHardware.forEach(this::sourceOfHardware);
    if (view != View.HOST) {
      firstCpuByIrq.keySet().stream().filter(irq -> !ipiIrqs.contains(irq)).forEach(this::allot);
    }
    nameApproximations();
  }

  private void chooseEvents() {
    FtraceEvent getIrq =
        view == View.XICS_GUEST ? FtraceEvent.ICP_GET_IRQ_RETURN : FtraceEvent.XIVE_GET_IRQ_RETURN;
    beginning = has(getIrq) ? getIrq : FtraceEvent.IRQ_HANDLER_ENTRY;
    FtraceEvent eoi = view == View.XICS_GUEST ? FtraceEvent.ICP_EOI : FtraceEvent.XIVE_EOI;
    ending = has(eoi) ? eoi : FtraceEvent.IRQ_HANDLER_EXIT;
    for (FtraceEvent sent :
        List.of(
            view == View.XICS_GUEST ? FtraceEvent.ICP_CAUSE_IPI : FtraceEvent.XIVE_CAUSE_IPI,
            FtraceEvent.IPI_RAISE,
            FtraceEvent.IPI_SEND_CPU,
            FtraceEvent.IPI_SEND_CPUMASK)) {
      if (ipi == null && has(sent)) {
        ipi = sent;
      }
    }
  }

  /** CPUs have their numbers as servers, or where targets show it, multiples of them. */
  private List<Integer> guestServers() {
    int count = maxCpu + 1;
    int highest = targets.isEmpty() ? 0 : targets.last();
    int stride = 1;
    while (highest > maxCpu * stride && stride < 8) {
      stride *= 2;
    }
    if (highest > maxCpu * stride) {
      stride = 1;
      count = Math.min(highest + 1, MAX_CPUS);
    }
    if (stride > 1) {
      approximations.add(
          "server numbers go up to " + highest + ": CPU n is taken for server " + stride + "n");
    }
    List<Integer> numbers = new ArrayList<>();
    for (int cpu = 0; cpu < count; cpu++) {
      numbers.add(cpu * stride);
    }
    return numbers;
  }

  private void allot(int irq) {
    Integer hardware = hardwareByIrq.get(irq);
    int source = hardware != null ? sourceOfHardware(hardware) : free();
    sourceByIrq.put(irq, source);
  }

  private int sourceOfHardware(int hardware) {
    Integer source = sourceByHardware.get(hardware);
    if (source == null) {
      boolean device = hardware >= InterruptMap.FIRST_DEVICE && hardware < InterruptMap.COUNT;
      boolean ipiNumber = hardware >= 0 && hardware < InterruptMap.FIRST_DEVICE;
      source = device || ipiNumber ? hardware : free();
      sourceByHardware.put(hardware, source);
    }
    return source;
  }

  private int free() {
    Set<Integer> used = new HashSet<>(sourceByIrq.values());
    used.addAll(sourceByHardware.values());
    for (int number = InterruptMap.FIRST_MSI; number < InterruptMap.COUNT; number++) {
      if (!used.contains(number) && !otherHardware.contains(number)) {
        return number;
      }
    }
    return InterruptMap.COUNT - 1; // the last one stands for all further ones
  }

  private void nameApproximations() {
    if (view == View.HOST) {
      approximations.add(
          "a host sees its guests enter, leave and call, not what their devices do; guests are not"
              + " told apart");
      return;
    }
    Set<Integer> irqs = new TreeSet<>(sourceByIrq.keySet());
    irqs.removeAll(configuredIrqs);
    long unknown = irqs.stream().filter(irq -> !hardwareByIrq.containsKey(irq)).count();
    if (unknown > 0) {
      approximations.add(
          unknown
              + " irqs stand for sources of which neither configure_irq nor a hwirq tells the"
              + " number");
    }
    if (irqs.size() > unknown) {
      approximations.add(
          (irqs.size() - unknown)
              + " irqs have no configure_irq: their sources are by hwirq, their routing by the CPU"
              + " that handled them");
    }
    long moved =
        sourceByHardware.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(entry.getValue()))
            .count();
    if (moved > 0) {
      approximations.add(moved + " sources have numbers that a pseries machine does not: others");
    }
    if (lostEvents > 0) {
      approximations.add("at least " + lostEvents + " events were lost by the tracer");
    }
  }

  View view() {
    return view;
  }

  /** The event at which an interrupt is taken. */
  FtraceEvent beginning() {
    return beginning;
  }

  /** The event at which it is ended. */
  FtraceEvent ending() {
    return ending;
  }

  /** The event that tells that an IPI is sent, or null. */
  FtraceEvent ipi() {
    return ipi;
  }

  /** Whether the end of an IPI is told by an event of its own. */
  boolean tellsIpiEnd() {
    return has(FtraceEvent.XIVE_IPI_EOI);
  }

  long firstNanos() {
    return firstNanos;
  }

  /** Where the trace is less than what happened, in words. */
  List<String> approximations() {
    return approximations;
  }

  boolean isIpi(int irq) {
    return ipiIrqs.contains(irq);
  }

  /** The source of a Linux irq that was handled, or -1. */
  int source(int irq) {
    return sourceByIrq.getOrDefault(irq, -1);
  }

  /** The source of the number that the hardware or the hypervisor knows it by. */
  int sourceOf(long hardware) {
    return sourceByHardware.getOrDefault((int) hardware, -1);
  }

  /** Which irqs are handled, with the CPU that did it first. */
  Map<Integer, Integer> firstCpus() {
    return firstCpuByIrq;
  }

  /** Server number of a CPU. */
  int server(int cpu) {
    return servers.get(cpu);
  }

  int vcpuOfServer(int server) {
    int index = servers.indexOf(server);
    return index < 0 ? TraceEvent.NO_VCPU : index;
  }

  boolean hasServer(long server) {
    return servers.contains((int) server);
  }

  TraceMode mode() {
    return view == View.XICS_GUEST || (view == View.HOST && hypercallsOfXive == 0)
        ? TraceMode.XICS
        : TraceMode.XIVE;
  }

  TraceHeader header(String origin) {
    TreeSet<Integer> numbers = new TreeSet<>(sourceByIrq.values());
    numbers.addAll(sourceByHardware.values());
    numbers.removeIf(number -> number < InterruptMap.FIRST_DEVICE);
    if (mode() == TraceMode.XIVE) {
      for (int vcpu = 0; vcpu < servers.size(); vcpu++) {
        numbers.add(vcpu);
      }
    }
    String marked = approximations.isEmpty() ? origin : origin + "; approximate";
    return TraceHeader.of(
        mode(),
        marked,
        servers,
        numbers.stream().map(number -> new TraceHeader.Source(number, false)).toList());
  }
}
