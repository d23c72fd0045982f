package org.xivebench.replay.ordered;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceField;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceMode;
import org.xivebench.replay.vmm.ControllerObserver;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineSource;
import org.xivebench.replay.vmm.RtasToken;
import org.xivebench.xive.OsRingWord;
import org.xivebench.xive.Tima;
import org.xivebench.xive.TriggerObserver;

/**
 * The machine that a trace is replayed on: does its operations, and says what came of them in the
 * words of a trace.
 *
 * <p>The effects of a XIVE are put together from what the hardware tells (an event came to a
 * presenter) and the registers before and after; those of an emulated XICS are told as they happen.
 */
final class MachineModel implements ControllerObserver {
  /** NVT index of server 0 in the events of QEMU's pseries machine. */
  private static final int PSERIES_NVT_BASE = 0x400;

  private static final int OS_RING = 0x10;
  private static final int OS_VIEW = 2;
  private static final int PAGE_SHIFT = 16;
  private static final int PAGE_MASK = (1 << PAGE_SHIFT) - 1;
  private static final int EXCEPTION = 0x80;

  private final Machine machine;
  private final GuestAccess guest;
  private final boolean alwaysXive;
  private final int[] servers;
  private final boolean inKernel;

  /** Whether effects are compared at all: a run of the bench records results only. */
  private final boolean tellsEffects;

  private final Function<IrqType, DeviceType> deviceTypes;
  private final RecordedGuest recordedGuest;
  private final SnapshotModel snapshots;
  private final Swapper swapper;
  private final Set<Integer> levelSources = new HashSet<>();

  /** Sources that the machine itself has given back, by the operations just before. */
  private final List<Integer> freedByMachine = new ArrayList<>();

  private final int[] presented = new int[8];
  private int presentedCount;
  private Outcome outcome;

  /**
   * @param maker makes the machine, and the way to it, once there is an observer for it
   */
  MachineModel(TraceHeader header, MachineMaker maker, Function<IrqType, DeviceType> deviceTypes)
      throws ErrnoException {
    this.deviceTypes = deviceTypes;
    this.tellsEffects = header.mode() != TraceMode.SWAPPED;
    this.alwaysXive = header.mode() == TraceMode.XIVE;
    this.outcome = new Outcome(header.vcpuCount());
    this.servers = header.servers().stream().mapToInt(Integer::intValue).toArray();
    this.machine = maker.machine(this);
    this.guest = maker.access(machine);
    this.inKernel = maker.isInKernel();
    this.snapshots = new SnapshotModel(machine);
    this.recordedGuest = new RecordedGuest(machine.vm().memory(), header.servers());
    this.swapper = new Swapper(machine.vm(), machine.swapClient(recordedGuest), SwapObserver.NONE);
    header.sources().stream()
        .filter(TraceHeader.Source::lsi)
        .forEach(source -> levelSources.add(source.number()));
    negotiateIfAlways();
  }

  /** What a recorded guest knew, ahead of the swap that it was recorded for. */
  void context(TraceEvent event) {
    switch (event.kind()) {
      case GUEST_SOURCE ->
          recordedGuest.source(event, levelSources.contains(event.getInt(TraceField.SOURCE)));
      case GUEST_VCPU -> recordedGuest.vcpu(event);
      default -> {}
    }
  }

  private void swap(TraceEvent operation) throws ErrnoException {
    int kvmType = operation.getInt(TraceField.DEVICE_TYPE);
    IrqType mode = kvmType == KvmUapi.KVM_DEV_TYPE_XIVE ? IrqType.XIVE : IrqType.XICS;
    try {
      SwapReport unusedReport = swapper.swapTo(deviceTypes.apply(mode));
    } catch (SwapException e) {
      throw new ErrnoException(Errno.EIO, "the swap failed: " + e.getMessage());
    }
  }

  /** A guest that is seen in XIVE mode only is taken to have asked for it before. */
  private void negotiateIfAlways() throws ErrnoException {
    if (alwaysXive) {
      long unusedSuccess = machine.negotiateXive();
    }
  }

  boolean isInKernel() {
    return inKernel;
  }

  /** Says what a snapshot of the model would show. */
  SnapshotModel snapshots() {
    return snapshots;
  }

  /** Has somebody told what becomes of triggers at the hardware beneath. */
  void observeTriggers(TriggerObserver observer) {
    machine.vm().host().setTriggerObserver(observer);
  }

  List<Vcpu> vcpus() {
    return machine.vm().vcpus();
  }

  /** Whether the guest has routed a source by H_INT_SET_SOURCE_CONFIG. */
  boolean isRouted(int source) {
    guest.pause();
    return !machine.route(source).reset();
  }

  /**
   * Whether inputs go up and down as a presenter's do. Those of an in-kernel XICS are the XIVE's
   * beneath, which does not lower them for each interrupt.
   */
  boolean showsInputs() {
    return tellsEffects && (!inKernel || machine.mode() == IrqType.XIVE);
  }

  /** Whether a vCPU's external interrupt input is high. */
  boolean input(int cpu) {
    return guest.input(cpu);
  }

  void close() {
    guest.pause();
    machine.close();
  }

  /**
   * Does an operation.
   *
   * @param into cleared, and filled with what came of it
   * @throws ErrnoException what a call to KVM gave
   */
  void perform(TraceEvent operation, Outcome into) throws ErrnoException {
    into.clear();
    outcome = into;
    presentedCount = 0;
    switch (operation.kind()) {
      case SET_LINE -> setLine(operation);
      case ESB_LOAD -> esbLoad(operation);
      case ESB_STORE -> esbStore(operation);
      case TIMA_LOAD -> timaLoad(operation);
      case TIMA_STORE -> timaStore(operation);
      case HCALL -> hcall(operation);
      case RTAS_CALL -> rtas(operation);
      default -> performOnMachine(operation);
    }
    if (!freedByMachine.isEmpty() && operation.kind() != TraceKind.FREE_SOURCE) {
      freedByMachine.clear();
    }
    addPresentations();
  }

  /** What a guest and its devices do not do often. */
  private void performOnMachine(TraceEvent operation) throws ErrnoException {
    guest.pause();
    switch (operation.kind()) {
      case CLAIM_SOURCE -> machine.claim(operation.getInt(TraceField.SOURCE));
      case FREE_SOURCE -> free(operation);
      case MACHINE_RESET -> reset();
      case MODE_CHANGE -> changeMode(operation);
      case CONTROLLER_SWAP -> swap(operation);
      case SOURCE_CONFIG -> sourceConfig(operation);
      default -> outcome.leftOut = Gap.NOT_APPLICABLE;
    }
  }

  // ---- devices and machine

  private void free(TraceEvent operation) {
    int source = operation.getInt(TraceField.SOURCE);
    machine.free(source);
    if (operation.vcpu() == TraceEvent.NO_VCPU) {
      freedByMachine.add(source);
    }
  }

  /**
   * QEMU gives sources back in the middle of a reset, when the controller has been reset before:
   * they are as after being given back, not as after the reset. In a trace the reset is behind.
   */
  private void reset() throws ErrnoException {
    machine.reset();
    negotiateIfAlways();
    for (int source : freedByMachine) {
      machine.claim(source);
      machine.free(source);
    }
    outcome.changedInputs.clear();
  }

  private void setLine(TraceEvent operation) throws ErrnoException {
    MachineSource source = machine.interrupts().source(operation.getInt(TraceField.SOURCE));
    boolean up = operation.getInt(TraceField.LEVEL) != 0;
    if (source.isLsi()) {
      guest.driveLine(source, up);
    } else if (up) {
      guest.sendMsi(source);
    }
  }

  private void changeMode(TraceEvent operation) throws ErrnoException {
    boolean xive = operation.getInt(TraceField.MODE) == 0;
    if (xive) {
      long unusedSuccess = machine.negotiateXive();
    } else if (machine.mode() == IrqType.XIVE) {
      machine.reset();
    }
    outcome.changedInputs.clear();
  }

  private void sourceConfig(TraceEvent operation) {
    int source = operation.getInt(TraceField.SOURCE);
    int server = operation.getInt(TraceField.SERVER);
    int priority = operation.getInt(TraceField.PRIORITY);
    if (machine.mode() != IrqType.XICS) {
      outcome.leftOut = Gap.NOT_APPLICABLE;
    } else if (inKernel) {
      int[] status = new int[1];
      int[] arguments = {source, server, priority};
      long unusedCode =
          guest.rtas(anyCpu(operation), RtasToken.SET_XIVE.number(), arguments, status);
    } else {
      machine.configureXics(source, server, priority);
    }
  }

  // ---- the guest

  /** Where it does not matter which vCPU does it, the first stands for one that is not known. */
  private static int anyCpu(TraceEvent operation) {
    return Math.max(operation.vcpu(), 0);
  }

  private void esbLoad(TraceEvent operation) {
    int offset = operation.getInt(TraceField.ESB_OFFSET);
    outcome.value =
        guest.esbLoad(
            anyCpu(operation),
            operation.getInt(TraceField.SOURCE),
            offset >>> PAGE_SHIFT,
            offset & PAGE_MASK);
  }

  private void esbStore(TraceEvent operation) {
    int offset = operation.getInt(TraceField.ESB_OFFSET);
    guest.esbStore(
        anyCpu(operation),
        operation.getInt(TraceField.SOURCE),
        offset >>> PAGE_SHIFT,
        offset & PAGE_MASK,
        operation.get(TraceField.VALUE));
  }

  private void timaLoad(TraceEvent operation) {
    int cpu = operation.vcpu();
    if (cpu < 0) {
      outcome.leftOut = Gap.CALLER;
      return;
    }
    int offset = operation.getInt(TraceField.TIMA_OFFSET);
    int view = offset >>> PAGE_SHIFT;
    int size = operation.getInt(TraceField.SIZE);
    outcome.value = guest.timaLoad(cpu, view, offset & PAGE_MASK, size);
    boolean acknowledges =
        view == OS_VIEW && (offset & PAGE_MASK) == Tima.ACK_OS_REG && size == Short.BYTES;
    if (tellsEffects && acknowledges && ((outcome.value >>> 8) & EXCEPTION) != 0) {
      addRing(TraceKind.TCTX_ACCEPT, cpu, guest.osRing(cpu));
    }
  }

  private void timaStore(TraceEvent operation) {
    int cpu = operation.vcpu();
    if (cpu < 0) {
      outcome.leftOut = Gap.CALLER;
      return;
    }
    int offset = operation.getInt(TraceField.TIMA_OFFSET);
    int view = offset >>> PAGE_SHIFT;
    int size = operation.getInt(TraceField.SIZE);
    long value = operation.get(TraceField.VALUE);
    boolean setsCppr =
        tellsEffects
            && view == OS_VIEW
            && (offset & PAGE_MASK) == Tima.OS_CPPR
            && size == Byte.BYTES;
    if (setsCppr) {
      addRing(TraceKind.TCTX_SET_CPPR, cpu, guest.osRing(cpu), (int) value & 0xff);
    }
    guest.timaStore(cpu, view, offset & PAGE_MASK, size, value);
    if (setsCppr) {
      addIfRaised(cpu);
    }
  }

  private void hcall(TraceEvent operation) {
    int opcode = operation.getInt(TraceField.OPCODE);
    if (operation.vcpu() < 0 && dependsOnCaller(opcode)) {
      outcome.leftOut = Gap.CALLER;
      return;
    }
    long[] registers = outcome.outputs;
    registers[0] = operation.get(TraceField.ARG0);
    registers[1] = operation.get(TraceField.ARG1);
    registers[2] = operation.get(TraceField.ARG2);
    registers[3] = operation.get(TraceField.ARG3);
    registers[4] = operation.get(TraceField.ARG4);
    outcome.status = guest.hcall(anyCpu(operation), opcode, registers);
  }

  private static boolean dependsOnCaller(int opcode) {
    return switch (opcode) {
      case Hcall.H_CPPR, Hcall.H_EOI, Hcall.H_XIRR, Hcall.H_XIRR_X -> true;
      default -> false;
    };
  }

  private void rtas(TraceEvent operation) {
    RtasToken token = RTAS.get(operation.getInt(TraceField.FUNCTION));
    int source = operation.getInt(TraceField.SOURCE);
    int[] arguments =
        token == RtasToken.SET_XIVE
            ? new int[] {
              source, operation.getInt(TraceField.SERVER), operation.getInt(TraceField.PRIORITY)
            }
            : new int[] {source};
    int[] returns = new int[token == RtasToken.GET_XIVE ? 3 : 1];
    long unusedCode = guest.rtas(anyCpu(operation), token.number(), arguments, returns);
    outcome.status = returns[0];
    Arrays.fill(outcome.outputs, 0);
    for (int i = 1; i < returns.length; i++) {
      outcome.outputs[i - 1] = Integer.toUnsignedLong(returns[i]);
    }
  }

  /** By the number that {@link TraceField#FUNCTION} has. */
  private static final List<RtasToken> RTAS =
      List.of(RtasToken.SET_XIVE, RtasToken.GET_XIVE, RtasToken.INT_OFF, RtasToken.INT_ON);

  // ---- effects of a XIVE

  @Override
  public void presented(int server) {
    if (presentedCount < presented.length) {
      presented[presentedCount++] = server;
    }
  }

  private void addPresentations() {
    if (presentedCount > 0 && inKernel && machine.mode() == IrqType.XICS) {
      // The XIVE beneath, which a guest of an in-kernel XICS does not see.
      return;
    }
    for (int i = 0; i < presentedCount; i++) {
      int cpu = cpuOf(presented[i]);
      if (cpu < 0) {
        continue;
      }
      outcome.effects.add(TraceKind.PRESENTER_NOTIFY, 0, PSERIES_NVT_BASE + presented[i], OS_RING);
      outcome.queueEntries++;
      addIfRaised(cpu);
    }
  }

  private int cpuOf(int server) {
    for (int cpu = 0; cpu < servers.length; cpu++) {
      if (servers[cpu] == server) {
        return cpu;
      }
    }
    return -1;
  }

  private void addIfRaised(int cpu) {
    long ring = guest.osRing(cpu);
    if (OsRingWord.PIPR.get(ring) < OsRingWord.CPPR.get(ring)) {
      addRing(TraceKind.TCTX_NOTIFY, cpu, ring);
    }
  }

  private void addRing(TraceKind kind, int cpu, long ring) {
    addRing(kind, cpu, ring, (int) OsRingWord.CPPR.get(ring));
  }

  private void addRing(TraceKind kind, int cpu, long ring, int cppr) {
    outcome.effects.addRing(kind, cpu, OS_RING, ring, cppr);
  }

  @Override
  public void inputChanged(int cpu, boolean high) {
    outcome.changedInputs.flip(cpu);
  }

  // ---- effects of an emulated XICS

  @Override
  public void offered(int server, int source, int priority) {
    outcome.effects.add(TraceKind.ICP_PRESENT, server, source, priority);
  }

  @Override
  public void shown(int xirr, int priority) {
    TraceEvent unused =
        outcome
            .effects
            .add(TraceKind.ICP_RAISE)
            .set(TraceField.XIRR, xirr)
            .set(TraceField.PENDING_PRIORITY, priority);
  }

  @Override
  public void rejected(int source) {
    TraceEvent unused = outcome.effects.add(TraceKind.ICS_REJECT).set(TraceField.SOURCE, source);
  }

  @Override
  public void ipiShown(int server, int mfrr) {
    TraceEvent unused =
        outcome
            .effects
            .add(TraceKind.ICP_IPI)
            .set(TraceField.SERVER, server)
            .set(TraceField.MFRR, mfrr);
  }

  @Override
  public void accepted(int server, int xirr, int newXirr) {
    addXirr(TraceKind.ICP_ACCEPT, server, xirr, newXirr);
  }

  @Override
  public void ended(int server, int xirr, int newXirr) {
    addXirr(TraceKind.ICP_EOI, server, xirr, newXirr);
  }

  private void addXirr(TraceKind kind, int server, int xirr, int newXirr) {
    outcome.effects.add(kind, server, xirr, newXirr);
  }

  @Override
  public void sourceEnded(int source) {
    TraceEvent unused = outcome.effects.add(TraceKind.ICS_EOI).set(TraceField.SOURCE, source);
  }
}
