package org.xivebench.replay.vmm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * A guest on one thread, with a driver for each mode, that logs what it was delivered. Each vCPU is
 * in the guest for one operation at a time. It takes interrupts only by {@link #handleAll}, which
 * sorts what it took, and {@link #hold}: so the log does not depend on the order among sources.
 */
final class CarryingGuest implements GuestContext, AutoCloseable {
  /** Stands for an IPI in the log and in service. */
  static final int IPI = -1;

  private static final int NOTHING = 0;

  private static final int QUEUE_ORDER = 16;
  private static final int ENTRIES = 1 << (QUEUE_ORDER - 2);
  private static final int XIVE_PRIORITY = 6;
  private static final int XICS_PRIORITY = 5;
  private static final int XICS_IPI_PRIORITY = 4;
  private static final int OPEN = 0xff;
  private static final int OS_VIEW = 2;
  private static final int TRIGGER = 0;
  private static final int MANAGEMENT = 1;

  /** A source as the guest has set it up. */
  static final class Source {
    final MachineSource of;
    int server;
    boolean masked;

    /** Where the hypervisor was last told to route it. */
    int routedTo;

    /** In XIVE mode: P was set when it was masked, and its EOI is still to come. */
    boolean savedP;

    Source(MachineSource of, int server) {
      this.of = of;
      this.server = server;
    }

    int number() {
      return of.number();
    }
  }

  final List<Source> sources = new ArrayList<>();
  final List<String> log = new ArrayList<>();
  private final Machine machine;
  private final int vcpuCount;
  private final int[] inService;
  private final boolean[] ipiSent;
  private final int[] position;
  private IrqType mode;

  CarryingGuest(int vcpuCount, IrqType mode) throws ErrnoException {
    this.vcpuCount = vcpuCount;
    this.inService = new int[vcpuCount];
    this.ipiSent = new boolean[vcpuCount];
    this.position = new int[vcpuCount];
    long bytes = (long) (vcpuCount + 1) << QUEUE_ORDER;
    MachineConfig config =
        MachineConfig.standard(
            vcpuCount, InterruptMode.DUAL, VmConfig.DEFAULT.withMemoryBytes(bytes));
    machine = Machine.inKernel(config, new Xive.Builder().build());
    this.mode = mode;
    machine.connect(typeOf(mode));
    int next = 0;
    for (MachineSource source : machine.interrupts().deviceSources()) {
      if (source.number() >= 0x1200 && source.number() < InterruptMap.FIRST_MSI + 4) {
        sources.add(new Source(source, next++ % vcpuCount));
      }
    }
    for (int server = 0; server < vcpuCount; server++) {
      bringUp(server);
    }
    for (Source source : sources) {
      source.masked = true;
      unmask(source);
    }
  }

  private static DeviceType typeOf(IrqType mode) {
    return mode == IrqType.XIVE ? new XiveNativeDeviceType() : new XicsDeviceType();
  }

  @Override
  public void close() {
    machine.close();
  }

  boolean isBusy(int server) {
    return inService[server] != NOTHING;
  }

  boolean hasIpi(int server) {
    return ipiSent[server];
  }

  // ---- the machine

  private long on(int server, ToLongFunction<GuestCpu> operation) {
    long[] result = new long[1];
    boolean ended =
        machine
            .vm()
            .vcpus()
            .get(server)
            .run(cpu -> result[0] = operation.applyAsLong(cpu), machine);
    if (!ended) {
      throw new AssertionError("stopped");
    }
    return result[0];
  }

  private static long call(GuestCpu cpu, int opcode, long... r) {
    long[] all = Arrays.copyOf(r, 5);
    long code = cpu.hcall(opcode, all[0], all[1], all[2], all[3], all[4]);
    if (code != Hcall.H_SUCCESS) {
      throw new AssertionError(Hcall.nameOf(opcode) + Arrays.toString(r) + ": " + code);
    }
    return cpu.vcpu().gpr(4);
  }

  private void hcall(int opcode, long... r) {
    long unusedResult = on(0, cpu -> call(cpu, opcode, r));
  }

  private void rtas(RtasToken token, int... arguments) {
    int[] returns = new int[1];
    long unusedCode = on(0, cpu -> cpu.rtas(token.number(), arguments, returns));
    if (returns[0] != 0) {
      throw new AssertionError(token + Arrays.toString(arguments) + ": " + returns[0]);
    }
  }

  /** Loads from the management page; an LSI's by hypercall, as the guest is told to. */
  private int esb(int number, boolean lsi, int offset) {
    return (int)
        on(
            0,
            cpu ->
                lsi
                    ? call(cpu, Hcall.H_INT_ESB, 0, number, offset)
                    : cpu.esbLoad(number, MANAGEMENT, offset, 8));
  }

  private void retrigger(int number) {
    long unusedNothing =
        on(
            0,
            cpu -> {
              cpu.esbStore(number, TRIGGER, 0, 8, 0);
              return 0;
            });
  }

  private void bringUp(int server) {
    if (mode == IrqType.XICS) {
      long unusedResult = on(server, cpu -> call(cpu, Hcall.H_CPPR, OPEN));
      return;
    }
    hcall(Hcall.H_INT_SET_QUEUE_CONFIG, 1, server, XIVE_PRIORITY, address(server), QUEUE_ORDER);
    hcall(Hcall.H_INT_SET_SOURCE_CONFIG, 2, server, server, XIVE_PRIORITY, server);
    int unusedPq = esb(server, false, EsbOffset.SET_PQ_00);
    open(server);
  }

  private void open(int server) {
    long unusedNothing =
        on(
            server,
            cpu -> {
              cpu.timaStore(OS_VIEW, 0x11, 1, OPEN);
              return 0;
            });
  }

  private static long address(int server) {
    return (long) (server + 1) << QUEUE_ORDER;
  }

  // ---- what happens

  void trigger(Source source) throws ErrnoException {
    if (source.of.isLsi()) {
      machine.driveLine(source.of, true);
    } else {
      machine.sendMsi(source.of);
    }
  }

  void lower(Source source) throws ErrnoException {
    machine.driveLine(source.of, false);
  }

  void sendIpi(int from, int server) {
    ipiSent[server] = true;
    if (mode == IrqType.XICS) {
      long unusedResult = on(from, cpu -> call(cpu, Hcall.H_IPI, server, XICS_IPI_PRIORITY));
    } else {
      retrigger(server);
    }
  }

  void mask(Source source) {
    source.masked = true;
    if (mode == IrqType.XICS) {
      rtas(RtasToken.INT_OFF, source.number());
    } else {
      source.savedP = (esb(source, EsbOffset.SET_PQ_01) & Pq.P) != 0;
    }
  }

  void unmask(Source source) {
    source.masked = false;
    route(source, source.server);
    if (mode == IrqType.XICS) {
      rtas(RtasToken.INT_ON, source.number());
    } else {
      unmaskByEsb(source);
    }
  }

  /**
   * An event that another mode has kept while the source was masked is in PQ, which is 01
   * otherwise: the driver sends it, and one more if Q is set. An LSI is unmasked by an EOI, so that
   * a line that is up interrupts again.
   */
  private void unmaskByEsb(Source source) {
    boolean owed = source.savedP;
    source.savedP = false;
    if (source.of.isLsi()) {
      int unusedOld = esb(source, owed ? EsbOffset.SET_PQ_10 : EsbOffset.LOAD_EOI);
      return;
    }
    int kept = esb(source, EsbOffset.GET);
    if (owed) {
      int unusedOld = (kept & Pq.P) == 0 ? esb(source, EsbOffset.SET_PQ_10) : kept;
      return;
    }
    int unusedOld = esb(source, EsbOffset.SET_PQ_00);
    for (int left = (kept & Pq.P) == 0 ? 0 : kept == Pq.QUEUED ? 2 : 1; left > 0; left--) {
      retrigger(source.number());
    }
  }

  private int esb(Source source, int offset) {
    return esb(source.number(), source.of.isLsi(), offset);
  }

  /** Sends a source to another server: of a masked one the guest remembers it for later. */
  void move(Source source, int server) {
    if (source.masked) {
      source.server = server;
    } else {
      route(source, server);
    }
  }

  void route(Source source, int server) {
    source.server = server;
    source.routedTo = server;
    if (mode == IrqType.XICS) {
      rtas(RtasToken.SET_XIVE, source.number(), server, XICS_PRIORITY);
    } else {
      hcall(
          Hcall.H_INT_SET_SOURCE_CONFIG,
          2,
          source.number(),
          server,
          XIVE_PRIORITY,
          source.number());
    }
  }

  /** Takes one interrupt of an open server, if there is one, and leaves it in service. */
  private boolean accept(int server) {
    int taken = mode == IrqType.XICS ? acceptXics(server) : acceptXive(server);
    inService[server] = taken;
    if (taken == IPI) {
      ipiSent[server] = false;
    }
    return taken != NOTHING;
  }

  private int acceptXics(int server) {
    for (int spurious = 0; on(server, cpu -> cpu.externalInterrupt() ? 1 : 0) != 0; spurious++) {
      int xisr = (int) on(server, cpu -> call(cpu, Hcall.H_XIRR)) & 0xff_ffff;
      if (xisr == 2) {
        long unusedResult = on(server, cpu -> call(cpu, Hcall.H_IPI, server, OPEN));
        return IPI;
      }
      if (xisr != 0) {
        return xisr;
      }
      if (spurious > 10) {
        throw new AssertionError("an interrupt with nothing to take does not go away");
      }
    }
    return NOTHING;
  }

  private int acceptXive(int server) {
    if (on(server, cpu -> cpu.externalInterrupt() ? 1 : 0) != 0) {
      long unusedAck = on(server, cpu -> cpu.timaLoad(OS_VIEW, 0x810, 2));
    }
    int entry = entry(server, position[server]);
    if (!isNew(entry, position[server])) {
      open(server);
      return NOTHING;
    }
    position[server]++;
    int eisn = entry & 0x7fff_ffff;
    return eisn < vcpuCount ? IPI : eisn;
  }

  /** Ends what is in service. */
  void end(int server) {
    int ended = inService[server];
    inService[server] = NOTHING;
    if (mode == IrqType.XICS) {
      long xirr = (long) OPEN << 24 | (ended == IPI ? 2 : ended);
      long unusedResult = on(server, cpu -> call(cpu, Hcall.H_EOI, xirr));
      return;
    }
    Source source = sources.stream().filter(s -> s.number() == ended).findFirst().orElse(null);
    int number = ended == IPI ? server : ended;
    if (source != null && source.masked) {
      endMasked(source);
    } else if (source != null && source.of.isLsi()) {
      int unusedForwarded = esb(source, EsbOffset.LOAD_EOI);
    } else if ((esb(number, false, EsbOffset.SET_PQ_00) & Pq.Q) != 0) {
      retrigger(number);
    }
    open(server);
  }

  /** Leaves PQ 01, unless another mode has kept one more event: Q becomes P, for unmask to find. */
  private void endMasked(Source source) {
    if (esb(source, EsbOffset.GET) == Pq.QUEUED) {
      int unusedOld = esb(source, EsbOffset.SET_PQ_10);
    }
    source.savedP = false;
  }

  /** Takes and ends everything that is due on a server; a handler lowers the line of its LSI. */
  void handleAll(int server) throws ErrnoException {
    if (isBusy(server)) {
      end(server);
    }
    List<Integer> taken = new ArrayList<>();
    while (accept(server)) {
      taken.add(inService[server]);
      MachineSource source = machine.interrupts().source(inService[server]);
      if (source != null && source.isLsi()) {
        machine.driveLine(source, false);
      }
      end(server);
      if (taken.size() > 1000) {
        throw new AssertionError("it never ends: " + taken.subList(0, 20));
      }
    }
    taken.sort(Comparator.naturalOrder());
    log.add(server + " took " + taken);
  }

  /** Takes the one interrupt that is due on a server, and goes on without ending it. */
  void hold(int server) {
    boolean some = accept(server);
    log.add(server + " holds " + (some ? inService[server] : "nothing"));
  }

  /** The interrupt state goes to a new device, of the same or the other mode. */
  void carryTo(IrqType next) throws ErrnoException {
    InterruptState state = typeOf(mode).carrier().capture(machine.vm(), machine.file(), this);
    machine.disconnect();
    enterMode(next);
    machine.connect(typeOf(next));
    typeOf(next).carrier().restore(machine.vm(), machine.file(), this, state);
  }

  /**
   * The VMM replaces the device by a new one of its kind.
   *
   * @return the state of the old one, saved by nothing but what a VMM has
   */
  AttributeSave replaceDevice() throws ErrnoException {
    AttributeSave save =
        mode == IrqType.XICS
            ? new AttributeSave.OfXics(machine)
            : new AttributeSave.OfXive(machine, nativeRoutes());
    machine.disconnect();
    machine.connect(typeOf(mode));
    return save;
  }

  /** SOURCE_CONFIG words of all sources that are routed, by number, as the VMM remembers them. */
  private Map<Integer, Long> nativeRoutes() {
    Map<Integer, Long> routes = new TreeMap<>();
    for (int server = 0; server < vcpuCount; server++) {
      routes.put(server, SourceConfigWord.of(XIVE_PRIORITY, server, server));
    }
    for (Source source : sources) {
      routes.put(
          source.number(), SourceConfigWord.of(XIVE_PRIORITY, source.routedTo, source.number()));
    }
    return routes;
  }

  // ---- GuestContext

  private int entry(int server, int at) {
    return machine.vm().memory().readInt(address(server) + 4L * (at % ENTRIES));
  }

  private static boolean isNew(int entry, int at) {
    return entry >>> 31 != (at / ENTRIES & 1);
  }

  @Override
  public List<GuestSource> sources() {
    int priority = mode == IrqType.XICS ? XICS_PRIORITY : XIVE_PRIORITY;
    return sources.stream()
        .map(
            source ->
                new GuestSource(
                    source.number(),
                    source.of.isLsi(),
                    source.of.isAsserted(),
                    source.masked,
                    source.server,
                    priority,
                    source.number()))
        .toList();
  }

  @Override
  public int[] servers() {
    int[] servers = new int[vcpuCount];
    Arrays.setAll(servers, server -> server);
    return servers;
  }

  @Override
  public int ipiSource(int server) {
    return server;
  }

  @Override
  public int ipiPriority(IrqType ofMode) {
    return ofMode == IrqType.XICS ? XICS_IPI_PRIORITY : XIVE_PRIORITY;
  }

  @Override
  public int translatePriority(IrqType from, IrqType to, int priority) {
    return to == IrqType.XICS ? XICS_PRIORITY : XIVE_PRIORITY;
  }

  @Override
  public boolean isInService(int source) {
    return Arrays.stream(inService).anyMatch(held -> held == source);
  }

  @Override
  public boolean isIpiInService(int server) {
    return inService[server] == IPI;
  }

  @Override
  public int cppr(int server, IrqType ofMode) {
    if (!isBusy(server)) {
      return OPEN;
    }
    return inService[server] == IPI ? ipiPriority(ofMode) : translatePriority(mode, ofMode, 0);
  }

  @Override
  public EventQueue eventQueue(int server) {
    return new EventQueue(XIVE_PRIORITY, address(server), QUEUE_ORDER);
  }

  @Override
  public void forEachUnread(int server, IntConsumer eisn) {
    for (int at = position[server]; isNew(entry(server, at), at); at++) {
      eisn.accept(entry(server, at) & 0x7fff_ffff);
    }
  }

  @Override
  public void enterMode(IrqType next) {
    mode = next;
    for (Source source : sources) {
      source.savedP = next == IrqType.XIVE && source.masked && isInService(source.number());
    }
    for (int server = 0; server < vcpuCount; server++) {
      position[server] = 0;
      machine.vm().memory().clear(address(server), 1L << QUEUE_ORDER);
    }
  }
}
