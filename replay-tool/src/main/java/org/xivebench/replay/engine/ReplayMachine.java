package org.xivebench.replay.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestEvents;
import org.xivebench.replay.guest.RtasTokens;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceRecorder.Turn;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.replay.vmm.RtasToken;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.TriggerObserver;
import org.xivebench.xive.Xive;

/** The machine that a trace asks for, with a guest that handles its interrupts, not yet running. */
final class ReplayMachine {
  /** Guest operations that a handler does beside the driver's: a place for swaps to fall into. */
  private static final int HANDLER_STEPS = 1;

  private static final String PRODUCT = "org.xivebench.";
  private static final int SHOWN_FRAMES = 6;

  private final TraceHeader header;
  private final Ledger ledger;
  private final Findings findings;
  private final Machine machine;
  private final Guest guest;
  private final Swapper swapper;

  /** Null if the run is not recorded. */
  private final RunRecorder recorder;

  private final List<VcpuThread> vcpuThreads = new ArrayList<>();

  /** A machine whose run is not recorded; parameters as below. */
  ReplayMachine(
      TraceHeader header,
      ReplayOptions options,
      Ledger ledger,
      TriggerObserver triggers,
      GuestEvents events,
      Findings findings)
      throws ReplayException {
    this(header, options, ledger, triggers, events, findings, null);
  }

  /**
   * @param ledger its accounts are opened
   * @param triggers is told what becomes of triggers
   * @param events is told what the guest does
   * @param recorder records what is done; null for nobody
   * @throws ReplayException if there is no such machine
   */
  ReplayMachine(
      TraceHeader header,
      ReplayOptions options,
      Ledger ledger,
      TriggerObserver triggers,
      GuestEvents events,
      Findings findings,
      RunRecorder recorder)
      throws ReplayException {
    this.header = header;
    this.ledger = ledger;
    this.findings = findings;
    this.recorder = recorder;
    List<Integer> lsis = new ArrayList<>();
    List<Integer> msis = new ArrayList<>();
    for (TraceHeader.Source source : header.sources()) {
      if (!header.isIpi(source.number())) {
        (source.lsi() ? lsis : msis).add(source.number());
      }
    }
    machine = make(options, triggers, lsis, msis);
    guest =
        new Guest(
            machine.vm(),
            new RtasTokens(
                RtasToken.SET_XIVE.number(), RtasToken.INT_OFF.number(), RtasToken.INT_ON.number()),
            HANDLER_STEPS,
            this::service,
            events);
    lsis.forEach(source -> addSource(source, true));
    msis.forEach(source -> addSource(source, false));
    header.servers().forEach(ledger::openIpi);
    SwapObserver observer = options.swapObserver();
    if (recorder != null) {
      recorder.guest(guest);
      observer = recorder.observing(observer);
    }
    swapper = new Swapper(machine.vm(), machine.swapClient(guest), observer);
  }

  private Machine make(
      ReplayOptions options, TriggerObserver triggers, List<Integer> lsis, List<Integer> msis)
      throws ReplayException {
    int servers = header.vcpuCount();
    VmConfig vmConfig =
        options
            .vm()
            .withMemoryBytes(Math.max(options.vm().memoryBytes(), Guest.memoryBytes(servers)));
    Xive host = new Xive.Builder().build();
    host.setTriggerObserver(triggers);
    try {
      int ipis = header.servers().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
      InterruptMap interrupts = InterruptMap.of(Math.max(ipis, servers), lsis, msis);
      return Machine.inKernel(
          new MachineConfig(
              header.servers(), interrupts, InterruptMode.DUAL, vmConfig, Quirks.NONE),
          host);
    } catch (IllegalArgumentException e) {
      throw new ReplayException("names a machine that cannot be made: " + e.getMessage(), e);
    } catch (ErrnoException e) {
      throw new ReplayException("names a machine that KVM does not make: " + e.getMessage(), e);
    }
  }

  private void addSource(int source, boolean lsi) {
    guest.addSource(source, lsi);
    ledger.open(source, lsi);
  }

  Machine machine() {
    return machine;
  }

  Vm vm() {
    return machine.vm();
  }

  Guest guest() {
    return guest;
  }

  /** What swaps without being recorded. */
  Swapper swapper() {
    return swapper;
  }

  /** Swaps to a backend. */
  SwapReport swapTo(DeviceType type) throws SwapException {
    return recorder == null ? swapper.swapTo(type) : recorder.swap(swapper, type);
  }

  /** A turn in a run that is recorded, else null. */
  private Turn turn() {
    return recorder == null ? null : recorder.turn();
  }

  private static void end(Turn turn) {
    if (turn != null) {
      turn.close();
    }
  }

  // ---- vCPUs

  /** Runs one vCPU. A subclass with a run() of its own, as exploration tools want threads. */
  private final class VcpuThread extends Thread {
    private final Vcpu vcpu;
    private final GuestProgram program;

    VcpuThread(Vcpu vcpu, GuestProgram program) {
      super(vcpu.toString());
      this.vcpu = vcpu;
      this.program = program;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        boolean unusedEnded = vcpu.run(program, machine);
      } catch (RuntimeException | AssertionError e) {
        findings.failure(getName() + " ended with " + Findings.describe(e));
      }
    }
  }

  /** Starts a thread for each vCPU. */
  void startVcpus() {
    for (int i = 0; i < vm().vcpus().size(); i++) {
      VcpuThread thread = new VcpuThread(vm().vcpus().get(i), program(i));
      vcpuThreads.add(thread);
      thread.start();
    }
  }

  private GuestProgram program(int index) {
    GuestProgram program = guest.program(index);
    return recorder == null ? program : recorder.recorded(index, program);
  }

  /** Stops every vCPU, and waits until it has. */
  void stopVcpus(Patience patience) {
    vm().vcpus().forEach(Vcpu::stop);
    for (VcpuThread thread : vcpuThreads) {
      if (!patience.awaitEnd(thread)) {
        findings.stuck(thread.getName() + " did not leave the guest");
      }
    }
  }

  /** Whether no vCPU runs. */
  boolean isQuiet() {
    return vcpuThreads.stream().noneMatch(Thread::isAlive);
  }

  /** Says, for a report, what a vCPU is doing: where its thread is. */
  String whatVcpuDoes(int index) {
    Thread thread = vcpuThreads.get(index);
    String where =
        Arrays.stream(thread.getStackTrace())
            .filter(frame -> frame.getClassName().startsWith(PRODUCT))
            .limit(SHOWN_FRAMES)
            .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
            .collect(Collectors.joining(" < "));
    return thread.getState().toString().toLowerCase(Locale.ROOT) + " at " + where;
  }

  // ---- devices behind LSIs

  /** The device of an LSI wants to raise its line. */
  void raise(int source) {
    Turn turn = turn();
    try {
      vm().swapLock.lock();
      try {
        ledger.raised(source);
        drive(source, true);
      } finally {
        vm().swapLock.unlock();
      }
    } finally {
      end(turn);
    }
  }

  /** The device of a masked LSI lowers its line although nobody has serviced it. */
  void withdrawIfMasked(int source) {
    Turn turn = turn();
    try {
      vm().swapLock.lock();
      try {
        if (guest.isMasked(source)) {
          ledger.withdrawn(source);
          drive(source, false);
        }
      } finally {
        vm().swapLock.unlock();
      }
    } finally {
      end(turn);
    }
  }

  /**
   * A device sends an MSI.
   *
   * @return what KVM_IRQ_LINE gave
   */
  int trigger(int source) throws ErrnoException {
    Turn turn = turn();
    try {
      int status = vm().irqLine(source, KvmUapi.KVM_INTERRUPT_SET);
      if (recorder != null) {
        recorder.line(source, true);
      }
      return status;
    } finally {
      end(turn);
    }
  }

  /** A handler reaches the device of an LSI; {@code Vm.swapLock} is held. */
  private void service(int source, int server) {
    ledger.serviced(source, server);
    drive(source, false);
  }

  private void drive(int source, boolean up) {
    if (guest.isAsserted(source) == up) {
      if (recorder != null && up) {
        recorder.line(source, true); // a trigger, by the law, that changes nothing
      }
      return;
    }
    guest.setAsserted(source, up);
    try {
      machine.driveLineLocked(machine.interrupts().source(source), up);
      if (recorder != null) {
        recorder.line(source, up);
      }
    } catch (ErrnoException e) {
      findings.problem(
          "source 0x"
              + Integer.toHexString(source)
              + " could not be driven: "
              + Findings.describe(e));
    }
  }

  // ---- what it cost

  /** What the run cost; when every vCPU has stopped. */
  Effort effort() {
    long hypercalls = 0;
    long exits = 0;
    long esbAccesses = 0;
    long timaAccesses = 0;
    for (Vcpu vcpu : vm().vcpus()) {
      hypercalls += vcpu.counts().hypercalls() + vcpu.counts().rtasCalls();
      exits += vcpu.counts().exits();
      esbAccesses += vcpu.counts().esbAccesses();
      timaAccesses += vcpu.counts().timaAccesses();
    }
    return new Effort(
        hypercalls,
        exits,
        esbAccesses,
        timaAccesses,
        ledger.queueEntries(),
        ledger.retriggers(),
        header.servers().stream()
            .map(server -> new Effort.ServerShare(server, ledger.deliveredTo(server)))
            .toList());
  }
}
