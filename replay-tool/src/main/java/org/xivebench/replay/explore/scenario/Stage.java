package org.xivebench.replay.explore.scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Irqfd;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.IcpStateWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.OsRingWord;
import org.xivebench.xive.Xive;

/**
 * What the actors of a scenario share: a host, a VM, its vCPUs connected to a device of a real
 * backend. Made anew for each schedule, so it is kept small.
 *
 * <p>Every device file that is made here is closed in the end, if no actor has done so; then {@link
 * Invariants} are checked, and that another device can be made.
 */
public final class Stage implements StagedRun {
  /** The external source that each machine has. */
  public static final int SOURCE = 0x1000;

  /** RTAS tokens, where {@link #defineRtas} has defined them. */
  public static final int SET_XIVE = 1;

  public static final int GET_XIVE = 2;
  public static final int INT_OFF = 3;
  public static final int INT_ON = 4;

  /** Where the native guest's queue lies. */
  public static final long QUEUE_ADDRESS = 0x20000;

  /** Priority that the source is routed with. */
  public static final int PRIORITY = 5;

  private static final int HOST_IRQ = 0x40;
  private static final int QUEUE_ORDER = 16;
  private static final long MEMORY_BYTES = 0x40000;

  /** VPs of a host with kernels that cannot be told how many servers there will be. */
  private static final int MANY_VPS = 3 * KvmUapi.KVM_MAX_VCPUS;

  private static final int FEW_VPS = 64;

  /** Servers that a device is told to expect, where it can be told. */
  private static final int SERVERS = 8;

  private final DeviceType type;
  private final DeviceType other;
  private final StageOptions options;
  private final Xive host;
  private final Vm vm;
  private final List<Vcpu> vcpus = new ArrayList<>();
  private final List<DeviceFile> files = new ArrayList<>();
  private final DeviceFile file;
  private final Map<String, Runnable> actors = new LinkedHashMap<>();
  private final List<Runnable> checks = new ArrayList<>();
  private boolean expectsGone = true;
  private boolean vmStays = true;

  /** What an actor does. */
  @FunctionalInterface
  public interface Act {
    /**
     * Acts.
     *
     * @throws ErrnoException one that the actor was allowed is an answer; any other is a failure
     */
    void run() throws ErrnoException;
  }

  Stage(DeviceType type, DeviceType other, VmConfig config, StageOptions options) {
    this.type = type;
    this.other = other;
    this.options = options;
    this.host =
        new Xive.Builder()
            .singleEscalation(options.singleEscalation())
            .vpCount(config.has(KernelFix.VP_BLOCK_SIZE) ? FEW_VPS : MANY_VPS)
            .build();
    this.vm = new Vm(config.withMemoryBytes(MEMORY_BYTES).withSmtMode(options.smtMode()), host);
    try {
      for (int id : options.vcpuIds()) {
        vcpus.add(vm.createVcpu(id));
      }
      this.file = connectNew(type);
    } catch (ErrnoException e) {
      throw new IllegalStateException("the machine cannot be made: " + e.getMessage(), e);
    }
  }

  // ---- what there is

  /** Returns the backend of the device that is released. */
  public DeviceType type() {
    return type;
  }

  /** Returns the backend of the other type; null if there is none. */
  public DeviceType other() {
    return other;
  }

  /** Returns whether the device is a XICS. */
  public boolean isXics() {
    return type.irqType() == IrqType.XICS;
  }

  /** Returns the interrupt hardware. */
  public Xive host() {
    return host;
  }

  @Override
  public Vm vm() {
    return vm;
  }

  /** Returns a vCPU by its place. */
  public Vcpu vcpu(int index) {
    return vcpus.get(index);
  }

  /** Returns the descriptor of the device that there is at the start. */
  public DeviceFile file() {
    return file;
  }

  // ---- before it begins; none of this is scheduled

  /** Does something before the actors begin. */
  public void beforehand(Act act) {
    try {
      act.run();
    } catch (ErrnoException e) {
      throw new IllegalStateException("the machine cannot be set up: " + e.getMessage(), e);
    }
  }

  /** Maps pages of the device. */
  public DeviceMapping map(long pageOffset, long pages) {
    DeviceMapping[] made = new DeviceMapping[1];
    beforehand(() -> made[0] = file.mmap(pageOffset, pages));
    return made[0];
  }

  /** Has KVM serve the RTAS calls. */
  public void defineRtas() {
    beforehand(
        () -> {
          vm.defineRtasToken("ibm,set-xive", SET_XIVE);
          vm.defineRtasToken("ibm,get-xive", GET_XIVE);
          vm.defineRtasToken("ibm,int-off", INT_OFF);
          vm.defineRtasToken("ibm,int-on", INT_ON);
        });
  }

  /** Binds a resampling eventfd to {@link #SOURCE}. */
  public Irqfd irqfd() {
    Irqfd[] made = new Irqfd[1];
    beforehand(() -> made[0] = vm.assignIrqfd("eventfd", SOURCE, true));
    return made[0];
  }

  /** Adds a host interrupt that can be passed through. Returns its hardware number. */
  public int defineHostIrq() {
    return host.defineSource(HOST_IRQ, 0).hwIrq();
  }

  /** Says that the VM is destroyed: nothing else is made on it in the end. */
  public void vmGoes() {
    vmStays = false;
  }

  // ---- the cast

  /**
   * Adds an actor.
   *
   * @param name of its column
   * @param act what it does
   * @param allowed errnos that are right answers for a device that goes away meanwhile
   */
  public void actor(String name, Act act, Errno... allowed) {
    actors.put(
        name,
        () -> {
          try {
            act.run();
          } catch (ErrnoException e) {
            expect(e, allowed);
          }
        });
  }

  /** Adds the actor that closes the descriptor. */
  public void releaser() {
    actor("releaser", file::close);
  }

  /** Adds an actor that runs a guest program on a vCPU. The actor has the vCPU's name. */
  public void guest(Vcpu vcpu, GuestProgram program) {
    actor(vcpu.toString(), () -> run(vcpu, program));
  }

  /** Adds a check of the end, when all files are closed; throws what it finds. */
  public void afterwards(Runnable check) {
    checks.add(check);
  }

  /** Says that the device stays: files are not closed in the end, and only the checks are made. */
  public void keepDevice() {
    expectsGone = false;
  }

  /** Throws if an errno is none of the allowed ones. */
  public static void expect(ErrnoException e, Errno... allowed) {
    if (!Arrays.asList(allowed).contains(e.errno())) {
      throw new AssertionError("not an answer for a device that goes: " + e.getMessage(), e);
    }
  }

  // ---- what actors do

  /** Makes a device without connecting anything to it. */
  public DeviceFile create(DeviceType newType) throws ErrnoException {
    DeviceFile made = vm.createDevice(newType);
    files.add(made);
    if (vm.has(KernelFix.VP_BLOCK_SIZE)) {
      setServerCount(made, newType.irqType());
    }
    return made;
  }

  /** Few VPs, and the firmware's part of a schedule is small. */
  private void setServerCount(DeviceFile made, IrqType mode) throws ErrnoException {
    UserBuffer count = UserBuffer.ofInt(SERVERS);
    if (mode == IrqType.XIVE) {
      made.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, XiveUapi.KVM_DEV_XIVE_NR_SERVERS, count);
    } else {
      made.setAttr(XicsUapi.KVM_DEV_XICS_GRP_CTRL, XicsUapi.KVM_DEV_XICS_NR_SERVERS, count);
    }
  }

  /** Makes a device, connects the vCPUs and sets the source up. */
  public DeviceFile connectNew(DeviceType newType) throws ErrnoException {
    DeviceFile made = create(newType);
    for (Vcpu vcpu : vcpus.subList(0, options.connected())) {
      connect(made, vcpu);
    }
    setUpSource(made);
    return made;
  }

  /** Connects a vCPU as the server of its number: KVM_ENABLE_CAP. */
  public void connect(DeviceFile to, Vcpu vcpu) throws ErrnoException {
    to.connect(vcpu, to.device().deviceType().connectCapability(), vcpu.id());
  }

  /** Makes {@link #SOURCE}, and routes it to the last connected vCPU if the options say so. */
  public void setUpSource(DeviceFile to) throws ErrnoException {
    int server = lastServer();
    if (to.device().deviceType().irqType() == IrqType.XICS) {
      long flags = options.lsi() ? XicsSourceWord.LEVEL_SENSITIVE.mask() : 0;
      long masked = options.routed() ? 0 : XicsSourceWord.MASKED.mask();
      to.setAttr(
          XicsUapi.KVM_DEV_XICS_GRP_SOURCES,
          SOURCE,
          UserBuffer.ofLong(
              XicsSourceWord.DESTINATION.of(server)
                  | XicsSourceWord.PRIORITY.of(PRIORITY)
                  | flags
                  | masked));
      return;
    }
    to.setAttr(
        XiveUapi.KVM_DEV_XIVE_GRP_SOURCE,
        SOURCE,
        UserBuffer.ofLong(options.lsi() ? XiveUapi.KVM_XIVE_LEVEL_SENSITIVE : 0));
    if (options.routed() && options.connected() > 0) {
      setQueue(to, server);
      to.setAttr(
          XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG,
          SOURCE,
          UserBuffer.ofLong(SourceConfigWord.of(PRIORITY, server, SOURCE)));
    }
  }

  /** Gives a server of a native device the queue of {@link #PRIORITY}. */
  public void setQueue(DeviceFile to, int server) throws ErrnoException {
    to.setAttr(
        XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG,
        EqIdWord.of(server, PRIORITY),
        EqConfig.fresh(QUEUE_ORDER, QUEUE_ADDRESS).toBuffer());
  }

  /** Runs a guest program. What it asks the VMM for fails, as on a machine without a controller. */
  public void run(Vcpu vcpu, GuestProgram program) {
    boolean unusedEnded = vcpu.run(program, NoController.INSTANCE);
  }

  /** Runs a guest program; a hypercall that the VMM serves makes it do something first. */
  public void run(Vcpu vcpu, GuestProgram program, Runnable onExit) {
    boolean unusedEnded =
        vcpu.run(
            program,
            new NoController() {
              @Override
              public long hypercall(Vcpu caller, int opcode) {
                onExit.run();
                return super.hypercall(caller, opcode);
              }
            });
  }

  /** Does a CTRL attribute of a native device. */
  public void control(int attribute) throws ErrnoException {
    file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, attribute, UserBuffer.ofInt(0));
  }

  /** Asks whether {@link #SOURCE} is there, and reads a source or a queue. */
  public void readAttributes() throws ErrnoException {
    if (isXics()) {
      file.hasAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, SOURCE);
      file.getAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, SOURCE, UserBuffer.ofLong(0));
    } else {
      file.hasAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE, SOURCE);
      file.getAttr(
          XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG,
          EqIdWord.of(lastServer(), PRIORITY),
          UserBuffer.ofSize(EqConfig.SIZE_BYTES));
    }
  }

  /** Returns an interrupt state in which something is pending. */
  public OneReg pendingState() {
    return isXics()
        ? OneReg.of(IcpStateWord.CPPR.of(0xff) | IcpStateWord.MFRR.of(4))
        : OneReg.of(Vcpu.INITIAL_SAVED_STATE | OsRingWord.CPPR.of(0xff));
  }

  private int lastServer() {
    return options.vcpuIds().get(Math.max(0, options.connected() - 1));
  }

  /** Reads a vCPU's interrupt register: ICP_STATE or VP_STATE. */
  public OneReg readRegister(Vcpu vcpu) throws ErrnoException {
    return vcpu.getOneReg(register());
  }

  /** Writes a vCPU's interrupt register. */
  public void writeRegister(Vcpu vcpu, OneReg value) throws ErrnoException {
    vcpu.setOneReg(register(), value);
  }

  private long register() {
    return isXics() ? KvmUapi.KVM_REG_PPC_ICP_STATE : KvmUapi.KVM_REG_PPC_VP_STATE;
  }

  /** Reads all debugfs files. */
  public void readDebugfs() throws ErrnoException {
    for (String path : vm.debugfs().paths()) {
      String unusedText = vm.debugfs().open(path).read();
    }
  }

  /** KVM_IRQ_LINE of {@link #SOURCE}. What the device says is the injector's business. */
  public void inject(int level) throws ErrnoException {
    int unusedStatus = vm.irqLine(SOURCE, level);
  }

  /** Lets others go first until something holds. Free of side effects, and takes no lock. */
  public static void await(BooleanSupplier until, String what) {
    Schedule.spinUntil(until, what);
  }

  /** A step of the scenario itself that a reader of the schedule wants to see. */
  public static void step(String what) {
    Schedule.point(PointKind.STEP, what);
  }

  // ---- the run

  @Override
  public Map<String, Runnable> actors() {
    return actors;
  }

  @Override
  public void check() {
    Invariants.checkReports();
    if (expectsGone) {
      files.forEach(DeviceFile::close);
      files.forEach(Invariants::checkReleased);
      Invariants.checkAfterRelease(vm);
      if (vmStays) {
        checkAnotherCanBeMade();
      }
    }
    checks.forEach(Runnable::run);
  }

  /** I10: after a release, a new device serves the same vCPUs, and finds nothing of the old one. */
  private void checkAnotherCanBeMade() {
    DeviceFile next;
    try {
      next = connectNew(type);
    } catch (ErrnoException e) {
      throw new AssertionError("I10: the next device cannot be made: " + e.getMessage(), e);
    }
    Invariants.checkFresh(vm);
    next.close();
    Invariants.checkAfterRelease(vm);
  }

  /**
   * Serves no exits: what the guest asks for after its controller has gone fails as on a machine
   * without one.
   */
  private static class NoController implements ExitHandler {
    static final NoController INSTANCE = new NoController();

    @Override
    public long hypercall(Vcpu vcpu, int opcode) {
      return Hcall.H_HARDWARE;
    }

    @Override
    public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
      return Hcall.H_PARAMETER;
    }

    @Override
    public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
      return -1;
    }

    @Override
    public void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {}
  }
}
