package org.xivebench.replay.vmm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.ExitHandler;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RtasBlock;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.GuestContext;
import org.xivebench.kvm.swap.SwapClient;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.Xive;

/**
 * A virtual machine with its VMM: a {@link Vm} with its vCPUs, the machine's interrupt numbers, and
 * the interrupt controller, either one of KVM's devices or an emulated one.
 *
 * <p>It is the {@link ExitHandler} of its vCPUs. What changes it is guarded by {@code Vm.swapLock},
 * which plays the part of QEMU's big lock: the methods for devices take it, exits come with it
 * held, and so do {@link #connect} and {@link #disconnect} from a swap.
 */
public final class Machine implements ExitHandler, AutoCloseable {
  private final MachineConfig config;
  private final Vm vm;
  private final PciMsis msis;
  private final Vcpu[] vcpus;
  private final List<ExternalInput> inputs = new ArrayList<>();
  private final ControllerObserver observer;

  /** How the controllers of this machine are made when the guest negotiates one. */
  private final ControllerMaker maker;

  // All written with Vm.swapLock held, and read so but for the controller: a running vCPU asks what
  // it is, and must not take the lock, which is outside of the mutex that it holds.
  private volatile InterruptController controller;
  private XiveHypercalls xiveHypercalls;
  private EmulatedXics formerXics;
  private boolean xiveNegotiated;

  @FunctionalInterface
  private interface ControllerMaker {
    InterruptController make(Machine machine, IrqType mode) throws ErrnoException;
  }

  private Machine(
      MachineConfig config, Xive host, ControllerObserver observer, ControllerMaker maker)
      throws ErrnoException {
    this.config = config;
    this.observer = observer;
    this.maker = maker;
    this.vm = new Vm(config.vm(), host);
    this.msis =
        new PciMsis(
            config.interrupts(),
            new PciMsis.Listener() {
              @Override
              public void claimed(MachineSource source) throws ErrnoException {
                msiClaimed(source);
              }

              @Override
              public void freed(MachineSource source) {
                msiFreed(source);
              }
            });
    this.vcpus = new Vcpu[config.servers().size()];
    for (int server : config.servers()) {
      vcpus[inputs.size()] = vm.createVcpu(server);
      inputs.add(new ExternalInput(inputs.size(), observer));
    }
  }

  /**
   * Makes a machine whose controllers are KVM's. One that is offered XICS, or both, has the XICS
   * device connected; one that is offered XIVE only, the XIVE device.
   *
   * @param host the hardware
   * @param types the device type for a mode
   * @throws ErrnoException what a call to KVM gave
   */
  public static Machine inKernel(
      MachineConfig config, Xive host, Function<IrqType, DeviceType> types) throws ErrnoException {
    Machine machine =
        new Machine(
            config,
            host,
            ControllerObserver.NONE,
            (self, mode) -> self.inKernelController(types.apply(mode)));
    machine.start();
    return machine;
  }

  /**
   * Makes a machine for KVM's controllers without one connected: {@link #connect} is next. The
   * guest is taken to have negotiated XIVE where it is offered.
   *
   * @param host the hardware
   * @throws ErrnoException what a call to KVM gave
   */
  public static Machine inKernel(MachineConfig config, Xive host) throws ErrnoException {
    Machine machine =
        new Machine(
            config,
            host,
            ControllerObserver.NONE,
            (self, mode) -> {
              throw new IllegalStateException("this machine changes its controller by connect()");
            });
    machine.xiveNegotiated = true;
    return machine;
  }

  /** Makes a machine that emulates its controllers, without KVM's. */
  public static Machine emulated(MachineConfig config) {
    return emulated(config, ControllerObserver.NONE);
  }

  /** Makes a machine that emulates its controllers, and lets somebody watch them. */
  public static Machine emulated(MachineConfig config, ControllerObserver observer) {
    try {
      Machine machine =
          new Machine(config, new Xive.Builder().build(), observer, Machine::emulatedController);
      machine.start();
      return machine;
    } catch (ErrnoException e) {
      throw new AssertionError("emulation does not call KVM's devices", e);
    }
  }

  private void start() throws ErrnoException {
    install(maker.make(this, firstMode()));
  }

  private IrqType firstMode() {
    return config.mode() == InterruptMode.XIVE ? IrqType.XIVE : IrqType.XICS;
  }

  // ---- what it is made of

  /** Returns what it was made with. */
  public MachineConfig config() {
    return config;
  }

  /** Returns the VM. */
  public Vm vm() {
    return vm;
  }

  /** Returns the interrupt numbers. */
  public InterruptMap interrupts() {
    return config.interrupts();
  }

  /** Returns where the guest has routed a source in XIVE mode; as after a reset in XICS mode. */
  public SourceRoute route(int source) {
    return locked(() -> xiveHypercalls == null ? SourceRoute.RESET : xiveHypercalls.route(source));
  }

  // ---- the controller

  private InterruptController emulatedController(IrqType mode) {
    return mode == IrqType.XIVE
        ? new EmulatedXive(
            vm.memory(), config.interrupts(), config.servers(), inputs, config.quirks(), observer)
        : new EmulatedXics(
            config.interrupts(), config.servers(), inputs, config.quirks(), observer);
  }

  private InKernelController inKernelController(DeviceType type) throws ErrnoException {
    return type.irqType() == IrqType.XIVE
        ? InKernelXive.connect(vm, type, config.interrupts(), config.servers())
        : InKernelXics.connect(vm, type, config.interrupts(), config.servers());
  }

  private void install(InterruptController next) {
    Quirks quirks = next instanceof InKernelController ? Quirks.NONE : config.quirks();
    controller = next;
    xiveHypercalls =
        next instanceof XiveController xive
            ? new XiveHypercalls(config.interrupts(), this::isServer, xive, quirks)
            : null;
  }

  private boolean isServer(int server) {
    return config.servers().contains(server);
  }

  /**
   * Creates an in-kernel controller, connects every vCPU, makes the sources known, and puts its
   * pages, if it has some, into the guest. Every source is masked then, and no queue is set up.
   *
   * @return the descriptor
   * @throws ErrnoException what a call to KVM gave; then nothing of the device is left
   */
  public DeviceFile connect(DeviceType type) throws ErrnoException {
    vm.swapLock.lock();
    try {
      return connectLocked(type);
    } finally {
      vm.swapLock.unlock();
    }
  }

  private DeviceFile connectLocked(DeviceType type) throws ErrnoException {
    if (controller != null) {
      throw new IllegalStateException("a controller is connected");
    }
    InKernelController connected = inKernelController(type);
    install(connected);
    return connected.file();
  }

  /**
   * Takes the controller's pages out of the guest, unmaps them and closes the descriptor. The last
   * reference may be somebody else's. Nothing if there is no controller.
   */
  public void disconnect() {
    vm.swapLock.lock();
    try {
      disconnectLocked();
    } finally {
      vm.swapLock.unlock();
    }
  }

  private void disconnectLocked() {
    InterruptController old = controller;
    controller = null;
    xiveHypercalls = null;
    if (old != null) {
      old.disconnect();
    }
  }

  /** Returns the descriptor of the in-kernel controller, or null without one. */
  public DeviceFile file() {
    return locked(this::fileLocked);
  }

  private DeviceFile fileLocked() {
    return controller instanceof InKernelController kernel ? kernel.file() : null;
  }

  /** Returns this machine's part in swaps, which come with {@code Vm.swapLock} held. */
  public SwapClient swapClient(GuestContext guest) {
    return new SwapClient() {
      @Override
      public DeviceFile file() {
        return fileLocked();
      }

      @Override
      public void disconnect() {
        disconnectLocked();
      }

      @Override
      public DeviceFile connect(DeviceType type) throws ErrnoException {
        return connectLocked(type);
      }

      @Override
      public GuestContext guest() {
        return guest;
      }
    };
  }

  /** Disconnects the controller. No vCPU may run. */
  @Override
  public void close() {
    disconnect();
  }

  /**
   * The guest asks for XIVE by client-architecture-support. On a machine that offers both, the
   * controller is reset and becomes a XIVE; on one that offers XIVE only, the {@code H_INT_*} calls
   * begin to work. No vCPU may run.
   *
   * @return {@code H_SUCCESS}
   * @throws ErrnoException what a call to KVM gave
   */
  public long negotiateXive() throws ErrnoException {
    vm.swapLock.lock();
    try {
      if (config.mode() == InterruptMode.XICS) {
        return Hcall.H_SUCCESS;
      }
      xiveNegotiated = true;
      if (controller.mode() == IrqType.XICS) {
        formerXics = controller instanceof EmulatedXics xics ? xics : null;
        controller.disconnect();
        install(maker.make(this, IrqType.XIVE));
      }
      return Hcall.H_SUCCESS;
    } finally {
      vm.swapLock.unlock();
    }
  }

  /**
   * The machine is reset: its controller is as when the machine was made, and so is the mode. What
   * was claimed stays claimed. No vCPU may run.
   *
   * @throws ErrnoException what a call to KVM gave
   */
  public void reset() throws ErrnoException {
    vm.swapLock.lock();
    try {
      controller.disconnect();
      inputs.forEach(ExternalInput::lower);
      formerXics = null;
      xiveNegotiated = false;
      install(maker.make(this, firstMode()));
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** Returns the mode that the guest is in, or null without a controller. */
  public IrqType mode() {
    return locked(() -> controller == null ? null : controller.mode());
  }

  // ---- devices

  /**
   * A number is given to a device, as at start, at hot-plug or by {@code ibm,change-msi}. Nothing
   * if it has one that was never given back.
   *
   * @param number one that the machine was made with
   * @throws ErrnoException what a call to KVM gave
   */
  public void claim(int number) throws ErrnoException {
    vm.swapLock.lock();
    try {
      MachineSource source = interrupts().source(number);
      if (!source.isClaimed()) {
        source.setClaimed(true);
        msiClaimed(source);
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** A number is given back. Nothing if it was before. */
  public void free(int number) {
    locked(
        () -> {
          MachineSource source = interrupts().source(number);
          if (source.isClaimed()) {
            source.setClaimed(false);
            msiFreed(source);
          }
          return null;
        });
  }

  /**
   * Sets where a source of an emulated XICS goes, as the RTAS calls do.
   *
   * @param priority 0xff masks it
   * @throws IllegalStateException if there is no emulated XICS at work
   */
  public void configureXics(int number, int server, int priority) {
    locked(
        () -> {
          if (!(controller instanceof EmulatedXics xics)) {
            throw new IllegalStateException("no emulated XICS is at work");
          }
          xics.configure(number, server, priority);
          return null;
        });
  }

  /**
   * A device sends its MSI. While the VM is detached it is held.
   *
   * @throws ErrnoException what a call to KVM gave
   */
  public void sendMsi(MachineSource source) throws ErrnoException {
    vm.swapLock.lock();
    try {
      sendMsiLocked(source);
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** The same for who has {@code Vm.swapLock}. */
  public void sendMsiLocked(MachineSource source) throws ErrnoException {
    vm.swapLock.assertHeld();
    if (controller != null) {
      controller.trigger(source);
    } else {
      int unusedStatus = vm.irqLine(source.number(), KvmUapi.KVM_INTERRUPT_SET);
    }
  }

  /**
   * A device drives its line.
   *
   * @param up may repeat the present level
   * @throws ErrnoException what a call to KVM gave
   * @throws IllegalArgumentException if the source is not level-sensitive
   */
  public void driveLine(MachineSource source, boolean up) throws ErrnoException {
    vm.swapLock.lock();
    try {
      driveLineLocked(source, up);
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** The same for who has {@code Vm.swapLock}. */
  public void driveLineLocked(MachineSource source, boolean up) throws ErrnoException {
    vm.swapLock.assertHeld();
    if (!source.isLsi()) {
      throw new IllegalArgumentException("not level-sensitive: " + source.number());
    }
    boolean changes = source.isAsserted() != up;
    source.setAsserted(up);
    if (changes && controller != null) {
      controller.driveLine(source);
    } else if (changes && vm.isDetached()) {
      int level = up ? KvmUapi.KVM_INTERRUPT_SET_LEVEL : KvmUapi.KVM_INTERRUPT_UNSET;
      int unusedStatus = vm.irqLine(source.number(), level);
    }
  }

  private void msiClaimed(MachineSource source) throws ErrnoException {
    if (xiveHypercalls != null) {
      xiveHypercalls.forget(source.number());
    }
    controller.claim(source);
  }

  private void msiFreed(MachineSource source) {
    controller.free(source);
  }

  // ---- the guest's processor

  /**
   * Returns the first 8 bytes of a vCPU's OS ring, as {@link org.xivebench.xive.OsRingWord}; not an
   * access of the guest. 0 while no emulated XIVE is at work.
   */
  public long emulatedRing(int cpu) {
    return controller instanceof EmulatedXive xive ? xive.osRing(cpu) : 0;
  }

  /** Returns a view of the emulated controller; of none if it is KVM's. */
  public ControllerView emulatedController() {
    return controller instanceof ControllerView view ? view : ControllerView.NONE;
  }

  /** Returns whether an emulated controller has raised the external interrupt input of a vCPU. */
  public boolean emulatedInput(int cpu) {
    return inputs.get(cpu).isHigh();
  }

  /** Returns whether the external interrupt input of a running vCPU is high. */
  public boolean externalInterrupt(GuestCpu cpu) {
    if (isEmulated()) {
      return inputs.get(indexOf(cpu.vcpu())).isHigh();
    }
    return cpu.externalInterrupt();
  }

  private boolean isEmulated() {
    InterruptController now = controller;
    return now != null && !(now instanceof InKernelController);
  }

  private int indexOf(Vcpu vcpu) {
    for (int i = 0; i < vcpus.length; i++) {
      if (vcpus[i] == vcpu) {
        return i;
      }
    }
    throw new IllegalArgumentException(vcpu + " is not this machine's");
  }

  /**
   * A running vCPU loads from a guest physical address of the interrupt controller.
   *
   * @return the big-endian value; 0 where there is nothing
   */
  public long physicalLoad(GuestCpu cpu, long address, int size) {
    int offset = AddressMap.offset(address);
    if (AddressMap.isEsb(address)) {
      int page = AddressMap.esbPage(address);
      return cpu.esbLoad(page >>> 1, page & 1, offset, size);
    }
    if (AddressMap.isTima(address)) {
      return cpu.timaLoad(AddressMap.timaPage(address), offset, size);
    }
    if (!AddressMap.isEnd(address)) {
      return 0;
    }
    long[] value = new long[1];
    cpu.deviceAccess(
        () -> {
          if (controller instanceof EmulatedXive xive) {
            value[0] = xive.loadEnd(AddressMap.endPage(address), offset, size);
          }
        });
    return value[0];
  }

  /** A running vCPU stores to a guest physical address of the interrupt controller. */
  public void physicalStore(GuestCpu cpu, long address, int size, long value) {
    int offset = AddressMap.offset(address);
    if (AddressMap.isEsb(address)) {
      int page = AddressMap.esbPage(address);
      cpu.esbStore(page >>> 1, page & 1, offset, size, value);
    } else if (AddressMap.isTima(address)) {
      cpu.timaStore(AddressMap.timaPage(address), offset, size, value);
    } else if (AddressMap.isEnd(address)) {
      cpu.deviceAccess(
          () -> {
            if (controller instanceof EmulatedXive xive) {
              xive.storeEnd(AddressMap.endPage(address), offset, size, value);
            }
          });
    }
  }

  private <T> T locked(Callable<T> action) {
    vm.swapLock.lock();
    try {
      return action.call();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    } finally {
      vm.swapLock.unlock();
    }
  }

  // ---- exits

  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    switch (opcode) {
      case Hcall.H_XIRR, Hcall.H_XIRR_X, Hcall.H_CPPR, Hcall.H_EOI, Hcall.H_IPI, Hcall.H_IPOLL -> {
        return xicsHypercall(vcpu, opcode);
      }
      case Hcall.H_RTAS -> {
        return rtasOf(vcpu);
      }
      default -> {
        if (opcode < Hcall.H_INT_GET_SOURCE_INFO || opcode > Hcall.H_INT_RESET) {
          return Hcall.H_FUNCTION;
        }
        return xiveHypercalls == null || !xiveNegotiated
            ? Hcall.H_FUNCTION
            : xiveHypercalls.call(vcpu, opcode);
      }
    }
  }

  private long xicsHypercall(Vcpu vcpu, int opcode) {
    if (controller instanceof EmulatedXics xics) {
      return xics.hypercall(indexOf(vcpu), vcpu, opcode);
    }
    if (config.mode() == InterruptMode.XIVE) {
      return Hcall.H_FUNCTION;
    }
    if (formerXics != null && (opcode == Hcall.H_XIRR || opcode == Hcall.H_XIRR_X)) {
      formerXics.acceptWhileInactive(indexOf(vcpu));
    }
    return Hcall.H_HARDWARE;
  }

  /** H_RTAS with its arguments in guest memory, of a service that KVM does not have. */
  private long rtasOf(Vcpu vcpu) {
    try {
      RtasBlock block = RtasBlock.read(vm.memory(), vcpu.gpr(4));
      int[] returns = block.returns();
      long code = rtas(vcpu, block.token(), block.arguments(), returns);
      block.write(returns);
      return code;
    } catch (ErrnoException e) {
      return Hcall.H_PARAMETER;
    }
  }

  @Override
  public long rtas(Vcpu vcpu, int token, int[] arguments, int[] returns) {
    RtasToken call = RtasToken.of(token).orElse(null);
    int status;
    long code = Hcall.H_SUCCESS;
    if (call == RtasToken.CHANGE_MSI) {
      status = msis.change(arguments, returns);
    } else if (call == RtasToken.QUERY_INTERRUPT_SOURCE_NUMBER) {
      status = msis.query(arguments, returns);
    } else if (call == null || config.mode() == InterruptMode.XIVE) {
      // A machine without XICS does not define these calls.
      status = PciMsis.PARAMETER_ERROR;
      code = Hcall.H_PARAMETER;
    } else if (controller instanceof EmulatedXics xics) {
      status = xics.rtas(call, arguments, returns);
    } else {
      status = PciMsis.HARDWARE_ERROR;
    }
    if (returns.length > 0) {
      returns[0] = status;
    }
    return code;
  }

  @Override
  public long mmioLoad(Vcpu vcpu, MmioSpace space, int page, int offset, int size) {
    if (controller instanceof EmulatedXive xive) {
      return xive.load(indexOf(vcpu), space, page, offset, size);
    }
    return -1L >>> (64 - 8 * size);
  }

  @Override
  public void mmioStore(Vcpu vcpu, MmioSpace space, int page, int offset, int size, long value) {
    if (controller instanceof EmulatedXive xive) {
      xive.store(indexOf(vcpu), space, page, offset, size, value);
    }
  }
}
