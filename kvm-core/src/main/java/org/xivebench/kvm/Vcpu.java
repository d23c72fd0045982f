package org.xivebench.kvm;

import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.sync.EntryGate;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.WaitQueue;
import org.xivebench.xive.EndEsb;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Tima;

/**
 * A virtual CPU. A thread in {@link #run} holds {@link #mutex}, passes the entry gate, pushes its
 * context to the TIMA, executes guest operations until something makes it exit, and pulls the
 * context. The kick is looked at before every guest operation.
 *
 * <p>The fields that devices use have the names of {@code vcpu->arch}. Who may touch them:
 *
 * <ul>
 *   <li>{@code irqType}, {@code presenter}, {@code camWord}, {@code savedState}, escalation
 *       address: written with {@link #mutex} held; {@code presenter} is read without any lock by
 *       those who look for a server.
 *   <li>{@code pushed}, {@code ceded}: the vCPU's thread.
 *   <li>{@code escOn}, {@code irqPending}, {@code prodded}: anybody, also interrupt handlers.
 * </ul>
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.c and book3s_hv.c, Linux v5.10.
 */
public final class Vcpu {
  /**
   * TIMA words 0 and 1 of the OS ring when a vCPU has just been connected: everything 0 but ACK#.
   */
  public static final long INITIAL_SAVED_STATE = 0x00000000_ff000000L;

  /** LSMFB in the saved state: set to 0 at each pull. */
  private static final long LSMFB = 0x000000ff_00000000L;

  /** ACK# in the saved state: set to 0xff at each pull. */
  private static final long ACK = 0x00000000_ff000000L;

  /** Serialises KVM_RUN, one_reg and KVM_ENABLE_CAP of this vCPU: {@code vcpu->mutex}. */
  public final Mutex mutex;

  private final Vm vm;
  private final int id;
  private final Tima tima;
  private final EntryGate.Slot slot;
  private final WaitQueue wait;
  private final Lifetime lifetime = new Lifetime(this::toString);
  private final GuestCpu guestCpu = new GuestCpu(this);
  private final VcpuCounts counts = new VcpuCounts();
  private final long[] gprs = new long[13];

  private volatile IrqType irqType = IrqType.DEFAULT;
  private volatile Presenter presenter;
  private int camWord;
  private long savedState;
  private volatile boolean pushed;

  private volatile boolean escOn;
  private volatile EndEsb escEsb;
  private volatile boolean irqPending;
  private volatile boolean prodded;
  private volatile boolean ceded;

  private volatile boolean kicked;
  private volatile boolean stopping;
  private ExitHandler exits;

  Vcpu(Vm vm, int id) {
    this.vm = vm;
    this.id = id;
    this.mutex = new Mutex(KvmLocks.VCPU_MUTEX, "vcpu" + id + "->mutex");
    this.tima = vm.host().newTima();
    this.slot = vm.gate().newSlot("vcpu" + id);
    this.wait = new WaitQueue("vcpu" + id + " wake-up");
  }

  // ---- what it is

  /** Returns the VM. */
  public Vm vm() {
    return vm;
  }

  /** Returns the number given at creation. */
  public int id() {
    return id;
  }

  /** Returns the interrupt registers of the hardware thread that it runs on. */
  public Tima tima() {
    return tima;
  }

  /** Returns its place at the entry gate. */
  public EntryGate.Slot slot() {
    return slot;
  }

  /** Returns how often it did what. */
  public VcpuCounts counts() {
    return counts;
  }

  /** Takes {@link #mutex}, and keeps task work back until it is given back. */
  public void lockMutex() {
    lifetime.check();
    TaskWork.enterScope();
    mutex.lock();
  }

  /**
   * The same, unless that takes too long.
   *
   * @return whether the mutex is now held
   */
  public boolean tryLockMutex(long timeoutNanos) {
    TaskWork.enterScope();
    boolean locked = mutex.tryLock(timeoutNanos);
    if (!locked) {
      TaskWork.leaveScope();
    }
    return locked;
  }

  /** Gives {@link #mutex} back, then does the task work that has come up. */
  public void unlockMutex() {
    mutex.unlock();
    TaskWork.leaveScope();
  }

  // ---- the controller's side

  /** Returns what serves its interrupts. */
  public IrqType irqType() {
    Schedule.reads(this);
    return irqType;
  }

  /** Changes what serves its interrupts. */
  public void setIrqType(IrqType type) {
    Schedule.point(PointKind.WRITE, this);
    irqType = type;
  }

  /**
   * Returns what a device has attached, or null: {@code vcpu->arch.xive_vcpu}. May have been freed
   * by the time it is used.
   */
  public Presenter presenter() {
    Schedule.point(PointKind.READ, this);
    return presenter;
  }

  /** Attaches a device's presenter, or takes it away. */
  public void setPresenter(Presenter newPresenter) {
    Schedule.point(PointKind.WRITE, this);
    presenter = newPresenter;
  }

  /** Returns the OS CAM line that entry pushes, valid bit included; 0 = nothing is pushed. */
  public int camWord() {
    Schedule.reads(this);
    return camWord;
  }

  /** Changes what entry pushes. */
  public void setCamWord(int cam) {
    Schedule.point(PointKind.WRITE, this);
    camWord = cam;
  }

  /** Returns words 0 and 1 of the OS ring as they were at the last pull, big-endian. */
  public long savedState() {
    Schedule.reads(this);
    return savedState;
  }

  /** Changes what the next entry loads into the OS ring. */
  public void setSavedState(long state) {
    Schedule.writes(this);
    savedState = state;
  }

  /** Returns whether its context is in a TIMA now. */
  public boolean isPushed() {
    Schedule.reads(this);
    return pushed;
  }

  /** Returns the single-escalation ESB ({@code xive_esc_vaddr}), or null. */
  public EndEsb escEsb() {
    Schedule.reads(this);
    return escEsb;
  }

  /** Publishes the escalation ESB, or withdraws it. */
  public void setEscEsb(EndEsb esb) {
    Schedule.point(PointKind.WRITE, this);
    escEsb = esb;
  }

  /** Returns whether the escalation is armed, or has fired and is not handled yet. */
  public boolean isEscOn() {
    Schedule.reads(this);
    return escOn;
  }

  /** Says whether the escalation is armed. */
  public void setEscOn(boolean on) {
    Schedule.point(PointKind.WRITE, this);
    escOn = on;
  }

  /**
   * The host's handler of an escalation interrupt: wakes the vCPU if it is ceded. The kernel wakes
   * it before it says that the escalation is no longer on its way; there the handler cannot be
   * interrupted. A thread can: the one that it wakes takes its processor, finds the escalation
   * still on its way at the next H_CEDE, and would spin until its time slice is used up.
   */
  public void escalationFired() {
    Schedule.point(PointKind.WRITE, this);
    irqPending = true;
    boolean sleeps = ceded;
    escOn = false;
    if (sleeps) {
      wait.wakeAll();
    }
  }

  /**
   * Takes everything of a device off this vCPU, when the device has failed to do so itself while it
   * was released.
   */
  void forget(Device device) {
    Presenter connected = presenter;
    if (connected != null && connected.device() != device) {
      return; // of the next device already
    }
    setCamWord(0);
    setEscOn(false);
    setEscEsb(null);
    setIrqType(IrqType.DEFAULT);
    setPresenter(null);
  }

  /**
   * The VM goes: what is connected is cleaned up, without {@link #mutex}, because nobody else can
   * call any more. As a rule release has done so already.
   */
  void destroy() {
    lifetime.free("VM destruction");
    Presenter connected = presenter();
    if (irqType != IrqType.DEFAULT && connected != null) {
      connected.device().cleanUpVcpu(this);
    }
  }

  // ---- registers

  /** Returns a general purpose register, 3 to 12, as hypercalls use them. */
  public long gpr(int number) {
    return gprs[number];
  }

  /** Sets a general purpose register, 3 to 12. */
  public void setGpr(int number, long value) {
    gprs[number] = value;
  }

  /**
   * KVM_ENABLE_CAP of a capability that connects this vCPU to a controller.
   *
   * @param capability {@code KVM_CAP_IRQ_XICS}, {@code KVM_CAP_PPC_IRQ_XIVE}, or what the type of
   *     the device declares that a backend from elsewhere adds
   * @param flags none is defined
   * @param descriptor what {@code args[0]} names: a device's file; anything else stands for a
   *     descriptor of another kind, null for none
   * @param server {@code args[1]}, whose low 32 bits count
   * @throws ErrnoException EIO if the VM is broken; EINVAL for flags, or another capability; EBADF
   *     for no descriptor; EPERM for one that is no device's, or that of a device of another type
   *     or VM; else as the device says
   */
  public void enableCap(int capability, int flags, Object descriptor, long server)
      throws ErrnoException {
    vm.checkUsable();
    if (flags != 0) {
      throw new ErrnoException(Errno.EINVAL, "flags=0x" + Integer.toHexString(flags));
    }
    if (!connects(capability, descriptor)) {
      throw new ErrnoException(Errno.EINVAL, "capability " + capability);
    }
    if (descriptor == null) {
      throw new ErrnoException(Errno.EBADF, "no descriptor");
    }
    if (!(descriptor instanceof DeviceFile file)) {
      throw new ErrnoException(Errno.EPERM, "the descriptor is not a device's");
    }
    file.connect(this, capability, (int) server);
  }

  /** The kernel's two capabilities connect, and the one that the device's own type declares. */
  private static boolean connects(int capability, Object descriptor) {
    return capability == KvmUapi.KVM_CAP_IRQ_XICS
        || capability == KvmUapi.KVM_CAP_PPC_IRQ_XIVE
        || (descriptor instanceof DeviceFile file
            && file.device().deviceType().connectCapability() == capability);
  }

  /**
   * KVM_GET_ONE_REG of an interrupt register.
   *
   * @throws ErrnoException EIO if the VM is broken; EINVAL for no such register; ENXIO if no
   *     controller is connected; else as the device says
   */
  public OneReg getOneReg(long register) throws ErrnoException {
    checkRegister(register);
    lockMutex();
    try {
      return connectedDevice().getOneReg(this, register);
    } finally {
      unlockMutex();
    }
  }

  /**
   * KVM_SET_ONE_REG of an interrupt register.
   *
   * @throws ErrnoException EIO if the VM is broken; EINVAL for no such register; ENXIO if no
   *     controller is connected; else as the device says
   */
  public void setOneReg(long register, OneReg value) throws ErrnoException {
    checkRegister(register);
    lockMutex();
    try {
      connectedDevice().setOneReg(this, register, value);
    } finally {
      unlockMutex();
    }
  }

  private void checkRegister(long register) throws ErrnoException {
    vm.checkUsable();
    if (register != KvmUapi.KVM_REG_PPC_ICP_STATE && register != KvmUapi.KVM_REG_PPC_VP_STATE) {
      throw new ErrnoException(Errno.EINVAL, "no register 0x" + Long.toHexString(register));
    }
  }

  private Device connectedDevice() throws ErrnoException {
    Presenter connected = presenter();
    if (connected == null) {
      throw new ErrnoException(Errno.ENXIO, "vcpu" + id + " is connected to no controller");
    }
    return connected.device();
  }

  // ---- KVM_RUN

  /**
   * Runs a guest program until it ends or {@link #stop} is called. The calling thread must hold no
   * lock.
   *
   * @param program what runs in the guest
   * @param handler what serves the exits to user space
   * @return whether the program ended by itself
   * @throws RunException if KVM_RUN fails
   */
  public boolean run(GuestProgram program, ExitHandler handler) {
    exits = Objects.requireNonNull(handler);
    lockMutex();
    try {
      try {
        enter();
        program.run(guestCpu);
        return true;
      } catch (GuestStopped stopped) {
        return false;
      } finally {
        leave();
      }
    } finally {
      Schedule.writes(this);
      stopping = false;
      unlockMutex();
    }
  }

  /**
   * Makes the vCPU leave the guest before its next operation, and wakes it if it sleeps in H_CEDE.
   * It comes back by itself.
   */
  public void kick() {
    Schedule.point(PointKind.KICK, this);
    kicked = true;
    wait.wakeAll();
  }

  /**
   * Makes {@link #run} return before the next guest operation: what a signal does. Nothing if it
   * does not run.
   */
  public void stop() {
    Schedule.writes(this);
    stopping = true;
    kick();
    vm.wakeDetached();
  }

  /** H_PROD: makes the current or next H_CEDE of this vCPU return. */
  public void prod() {
    Schedule.point(PointKind.WRITE, this);
    prodded = true;
    wait.wakeAll();
  }

  /** Before every guest operation: leaves and comes back if somebody asked for it. */
  void beforeOperation() {
    Schedule.point(PointKind.STEP, this);
    if (kicked) {
      leave();
      enter();
    }
  }

  private void enter() {
    do {
      Schedule.writes(this);
      kicked = false;
      if (stopping) {
        // run()'s finally leaves again; nothing has been pushed.
        throw new GuestStopped();
      }
      vm.setUpMmu();
      vm.protocol().enter(this);
      // A stop that came while this thread waited at the gate has set the kick too.
      Schedule.reads(this);
    } while (kicked && leaveGate());
    push();
  }

  private boolean leaveGate() {
    vm.gate().leave(slot);
    return true;
  }

  private void leave() {
    counts.exited();
    pull();
    if (slot.isInside()) {
      vm.gate().leave(slot);
    }
  }

  /**
   * Does something in user space, outside the guest and without {@link #mutex}, and comes back. The
   * VM's swap lock is held meanwhile, as QEMU holds its big lock: the VMM sees one mode.
   *
   * @param asExpected whether the call still makes sense
   * @throws ModeChange if it does not: another controller came before the VMM could serve it
   */
  long exitToUser(BooleanSupplier asExpected, UserWork work) {
    VcpuExitEvent event = new VcpuExitEvent();
    event.begin();
    leave();
    unlockMutex();
    try {
      vm.swapLock.lock();
      try {
        if (!asExpected.getAsBoolean()) {
          throw new ModeChange();
        }
        return work.run(exits);
      } finally {
        vm.swapLock.unlock();
      }
    } finally {
      lockMutex();
      enter();
      if (event.shouldCommit()) {
        event.vcpu = id;
        event.commit();
      }
    }
  }

  /** What a VMM does about an exit. */
  @FunctionalInterface
  interface UserWork {
    long run(ExitHandler handler);
  }

  /** Sleeps outside until a detached VM has a controller again. */
  void awaitController() {
    leave();
    unlockMutex();
    try {
      vm.awaitAttached(() -> stopping);
    } finally {
      lockMutex();
    }
    enter();
  }

  private void push() {
    Schedule.writes(this);
    if (camWord == 0) {
      if (vm.has(KernelFix.CAM_TEST)) {
        return;
      }
      Invariants.broken("I11", this + " is pushed although it is connected to nothing");
    }
    tima.storeOsRing(savedState);
    tima.pushOsContext(camWord);
    Schedule.writes(this);
    pushed = true;
    irqPending = false;
    if (escOn) {
      EndEsb esb = escEsb;
      if (esb == null) {
        throw new AssertionError(
            "I6: vcpu" + id + ": escalation is on without an ESB: a load at 0xd00");
      }
      long old = esb.load(EsbOffset.SET_PQ_01);
      Schedule.writes(this);
      if ((old & Pq.P) == 0) {
        escOn = false;
      }
    }
  }

  private void pull() {
    if (!pushed) {
      return;
    }
    int unusedWord2 = tima.pullOsContext();
    long ring = tima.loadOsRing();
    Schedule.writes(this);
    savedState = (ring & ~LSMFB) | ACK;
    pushed = false;
  }

  /** H_CEDE: sleeps until an interrupt is pending, somebody prods, or the vCPU is kicked. */
  void cede() {
    Schedule.writes(this);
    ceded = true;
    if (prodded) {
      prodded = false;
      ceded = false;
      return;
    }
    armEscalation();
    pull();
    if (ceded) {
      wait.await(this::hasReasonToWake);
    }
    Schedule.writes(this);
    ceded = false;
    prodded = false;
    leave();
    enter();
  }

  private void armEscalation() {
    Schedule.writes(this);
    EndEsb esb = escEsb;
    if (esb == null) {
      return;
    }
    if (escOn) {
      // The last escalation is still on its way to its handler: two must not be in the host's
      // queue.
      ceded = false;
      long unusedOld =
          esb.load(vm.has(KernelFix.CEDE_ABORT) ? EsbOffset.SET_PQ_10 : EsbOffset.SET_PQ_00);
      Schedule.relax(); // or a guest that has nothing to do but to cede spins until it is handled
      return;
    }
    escOn = true;
    long unusedOld = esb.load(EsbOffset.SET_PQ_00);
  }

  private boolean hasReasonToWake() {
    Schedule.reads(this);
    return irqPending || prodded || kicked || stopping || savedPipr() < savedCppr();
  }

  private int savedPipr() {
    return (int) savedState & 0xff;
  }

  private int savedCppr() {
    return (int) (savedState >>> 48) & 0xff;
  }

  /** Returns whether it sleeps in H_CEDE. */
  public boolean isCeded() {
    Schedule.reads(this);
    return ceded;
  }

  @Override
  public String toString() {
    return "vcpu" + id;
  }
}
