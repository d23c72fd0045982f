package org.xivebench.kvm;

import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.sync.Mutex;

/**
 * A vCPU as its guest program sees it. Each method is one guest operation: before it the vCPU may
 * leave the guest and come back, so a swap may fall between any two. A guest that {@link #expect}s
 * a mode is told of a change, also to another controller of the mode, by {@link ModeChange}, thrown
 * instead of the operation.
 *
 * <p>For the vCPU's thread only. A guest's operations can be watched by a subclass that stands in
 * the place of the one that {@link Vcpu#run} gives.
 */
public class GuestCpu {
  /** The status of a call that has asked for no return word: it is written all the same. */
  private static final int[] NO_ROOM = {Vm.RTAS_PARAMETER_ERROR};

  private final Vcpu vcpu;
  private IrqType expected;

  /** Which controller the VM had when {@link #expected} was set. */
  private int expectedController;

  /** For the vCPU itself, and for one who watches each operation by being in its place. */
  protected GuestCpu(Vcpu vcpu) {
    this.vcpu = vcpu;
  }

  /** Returns the vCPU. */
  public final Vcpu vcpu() {
    return vcpu;
  }

  /**
   * Says in which mode the following operations make sense, and with the controller that there is
   * now: what one of them found may not hold with another, even of the same mode. Null for any.
   *
   * @return the mode that the vCPU is in now
   */
  public IrqType expect(IrqType mode) {
    expected = mode;
    expectedController = vcpu.vm().irqchipCount();
    return vcpu.irqType();
  }

  /** Whether the mode is the expected one, and of the controller that it was then. */
  boolean isAsExpected() {
    return expected == null
        || (vcpu.irqType() == expected && vcpu.vm().irqchipCount() == expectedController);
  }

  /** An operation that does not concern interrupts: the guest computes. */
  public void compute() {
    before();
  }

  private void before() {
    vcpu.beforeOperation();
    if (!isAsExpected()) {
      throw new ModeChange();
    }
  }

  /** Before an access to the controller: waits for one if the VM has lost it for a while. */
  private void beforeAccess() {
    before();
    while (vcpu.irqType() == IrqType.DEFAULT && vcpu.vm().isDetached()) {
      vcpu.awaitController();
      before();
    }
  }

  /** Returns whether the external interrupt input is high. */
  public boolean externalInterrupt() {
    beforeAccess();
    return vcpu.isPushed() && vcpu.tima().externalLine();
  }

  /**
   * Loads from an ESB page.
   *
   * @param source interrupt number
   * @param page 0 = trigger, 1 = management
   * @param size in bytes
   */
  public long esbLoad(int source, int page, int offset, int size) {
    beforeAccess();
    vcpu.counts().accessedEsb();
    DeviceMapping mapping = vcpu.vm().guestIo().esb();
    int index = 2 * source + page;
    IoPage io = mapping != null && index < mapping.pageCount() ? mapping.page(index) : null;
    if (io != null) {
      return io.load(vcpu, offset, size);
    }
    return vcpu.exitToUser(
        this::isAsExpected,
        exits -> exits.mmioLoad(vcpu, ExitHandler.MmioSpace.ESB, index, offset, size));
  }

  /** Stores to an ESB page; parameters as for {@link #esbLoad}. */
  public void esbStore(int source, int page, int offset, int size, long value) {
    beforeAccess();
    vcpu.counts().accessedEsb();
    DeviceMapping mapping = vcpu.vm().guestIo().esb();
    int index = 2 * source + page;
    IoPage io = mapping != null && index < mapping.pageCount() ? mapping.page(index) : null;
    if (io != null) {
      io.store(vcpu, offset, size, value);
      return;
    }
    long unusedNothing =
        vcpu.exitToUser(
            this::isAsExpected,
            exits -> {
              exits.mmioStore(vcpu, ExitHandler.MmioSpace.ESB, index, offset, size, value);
              return 0;
            });
  }

  /**
   * Loads from the TIMA.
   *
   * @param view 0 to 3; a guest has only 2, the OS view
   */
  public long timaLoad(int view, int offset, int size) {
    beforeAccess();
    vcpu.counts().accessedTima();
    DeviceMapping mapping = vcpu.vm().guestIo().tima();
    IoPage io = mapping != null ? mapping.page(view) : null;
    if (io != null) {
      return io.load(vcpu, offset, size);
    }
    return vcpu.exitToUser(
        this::isAsExpected,
        exits -> exits.mmioLoad(vcpu, ExitHandler.MmioSpace.TIMA, view, offset, size));
  }

  /** Stores to the TIMA; parameters as for {@link #timaLoad}. */
  public void timaStore(int view, int offset, int size, long value) {
    beforeAccess();
    vcpu.counts().accessedTima();
    DeviceMapping mapping = vcpu.vm().guestIo().tima();
    IoPage io = mapping != null ? mapping.page(view) : null;
    if (io != null) {
      io.store(vcpu, offset, size, value);
      return;
    }
    long unusedNothing =
        vcpu.exitToUser(
            this::isAsExpected,
            exits -> {
              exits.mmioStore(vcpu, ExitHandler.MmioSpace.TIMA, view, offset, size, value);
              return 0;
            });
  }

  /**
   * Accesses a device that the VMM emulates, whatever the interrupt mode.
   *
   * @param access what the VMM does about it: outside the guest, with {@code Vm.swapLock} held
   */
  public void deviceAccess(Runnable access) {
    before();
    long unusedNothing =
        vcpu.exitToUser(
            () -> true,
            exits -> {
              access.run();
              return 0;
            });
  }

  /** Makes a hypervisor call without arguments. */
  public long hcall(int opcode) {
    return hcall(opcode, 0, 0, 0, 0, 0);
  }

  /** Makes a hypervisor call with one argument. */
  public long hcall(int opcode, long r4) {
    return hcall(opcode, r4, 0, 0, 0, 0);
  }

  /** Makes a hypervisor call with two arguments. */
  public long hcall(int opcode, long r4, long r5) {
    return hcall(opcode, r4, r5, 0, 0, 0);
  }

  /**
   * Makes a hypervisor call. Results beside R3 are in {@link Vcpu#gpr}(4) and up.
   *
   * @return R3
   */
  public long hcall(int opcode, long r4, long r5, long r6, long r7, long r8) {
    beforeAccess();
    vcpu.counts().madeHypercall();
    HypercallEvent event = new HypercallEvent();
    event.begin();
    IrqType mode = vcpu.irqType();
    long code = serve(opcode, r4, r5, r6, r7, r8);
    event.end();
    if (event.shouldCommit()) {
      event.commit(vcpu, mode, opcode, r4, code);
    }
    return code;
  }

  private long serve(int opcode, long r4, long r5, long r6, long r7, long r8) {
    vcpu.setGpr(4, r4);
    vcpu.setGpr(5, r5);
    vcpu.setGpr(6, r6);
    vcpu.setGpr(7, r7);
    vcpu.setGpr(8, r8);
    switch (opcode) {
      case Hcall.H_CEDE -> {
        vcpu.cede();
        return Hcall.H_SUCCESS;
      }
      case Hcall.H_PROD -> {
        return vcpu.vm().prod((int) r4);
      }
      case Hcall.H_RTAS -> {
        return rtasOf(r4);
      }
      case Hcall.H_XIRR, Hcall.H_XIRR_X, Hcall.H_CPPR, Hcall.H_EOI, Hcall.H_IPI, Hcall.H_IPOLL -> {
        if (vcpu.irqType() == IrqType.XICS) {
          Presenter presenter = vcpu.presenter();
          long code = presenter.device().hypercall(vcpu, opcode);
          if (code != Hcall.H_TOO_HARD) {
            return code;
          }
        }
      }
      default -> {}
    }
    return vcpu.exitToUser(this::isAsExpected, exits -> exits.hypercall(vcpu, opcode));
  }

  /** H_RTAS as the guest makes it: arguments and return words are in its memory. */
  private long rtasOf(long r4) {
    Vm vm = vcpu.vm();
    if (vm.hasRtasTokens()) {
      RtasBlock block;
      try {
        block = RtasBlock.read(vm.memory(), r4);
      } catch (ErrnoException e) {
        throw new RunException(e);
      }
      RtasService service = vm.rtasService(block.token());
      if (service != null) {
        int[] returns = block.returns();
        block.write(returns.length == 0 ? NO_ROOM : serveRtas(service, block.arguments(), returns));
        return Hcall.H_SUCCESS;
      }
    }
    return vcpu.exitToUser(this::isAsExpected, exits -> exits.hypercall(vcpu, Hcall.H_RTAS));
  }

  /**
   * Makes an RTAS call. One that KVM serves is served in the host, outside the guest but inside
   * KVM_RUN.
   *
   * @param arguments at most 15
   * @param returns filled with the return words, the status first
   * @return R3 of the H_RTAS call
   * @throws RunException EINVAL for 16 arguments or more, if KVM serves any call at all
   */
  public long rtas(int token, int[] arguments, int[] returns) {
    beforeAccess();
    vcpu.counts().madeRtasCall();
    Vm vm = vcpu.vm();
    if (vm.hasRtasTokens()) {
      try {
        RtasBlock.requireRoom(arguments.length);
      } catch (ErrnoException e) {
        throw new RunException(e);
      }
    }
    RtasService service = vm.rtasService(token);
    if (service == null) {
      return vcpu.exitToUser(
          this::isAsExpected, exits -> exits.rtas(vcpu, token, arguments, returns));
    }
    int[] unusedSame = serveRtas(service, arguments, returns);
    return Hcall.H_SUCCESS;
  }

  private int[] serveRtas(RtasService service, int[] arguments, int[] returns) {
    Vm vm = vcpu.vm();
    Mutex tokenLock = vm.rtasTokenLock();
    tokenLock.lock();
    try {
      vm.serveRtas(service, arguments, returns);
    } finally {
      tokenLock.unlock();
    }
    return returns;
  }
}
