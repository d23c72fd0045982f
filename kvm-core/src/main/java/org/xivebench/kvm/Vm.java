package org.xivebench.kvm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.xivebench.kvm.debugfs.Debugfs;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.ReleaseObserver;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.sync.EntryGate;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.RefCount;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.WaitQueue;
import org.xivebench.xive.Xive;

/**
 * A virtual machine: memory, vCPUs, at most one interrupt controller, and the lock that the kernel
 * calls {@code kvm->lock}.
 *
 * <p>Source: virt/kvm/kvm_main.c and arch/powerpc/kvm/powerpc.c, Linux v5.10.
 */
public final class Vm {
  /** Status word of an RTAS call with wrong arguments; KVM gives it for every error. */
  static final int RTAS_PARAMETER_ERROR = -3;

  private static final long REPORT_AFTER_NANOS = TimeUnit.SECONDS.toNanos(10);

  /**
   * Guards the device list, device creation and release, vCPU publication, set_mapped and
   * clr_mapped.
   */
  public final Mutex lock;

  /** Serialises swaps of this VM. Outermost of all. */
  public final Mutex swapLock;

  private final int number;
  private final VmConfig config;
  private final Xive host;
  private final GuestMemory memory;
  private final GuestIo guestIo = new GuestIo();
  private final Debugfs debugfs = new Debugfs();
  private final EntryGate gate;
  private final Injection injection;
  private final Mutex mmuSetupLock;
  private final Mutex rtasTokenLock;
  private final Map<Integer, RtasService> rtasTokens = new ConcurrentHashMap<>();
  private final List<Vcpu> vcpus = new CopyOnWriteArrayList<>();

  /** By eventfd. */
  private final Map<Object, Irqfd> irqfds = new ConcurrentHashMap<>();

  /** Guarded by {@link #lock}. */
  private final List<Device> devices = new ArrayList<>();

  /** Guarded by {@link #lock}. */
  private final PassThrough passThrough = new PassThrough(this);

  /** The kernel's {@code kvm->arch.xive}. Written with {@link #lock} held, read by anybody. */
  private volatile Device irqchip;

  /** Counts the controllers that there have been. Written with {@link #lock} held. */
  private volatile int irqchipCount;

  /**
   * Per device type number: what is kept for re-use over generations of devices. Guarded by {@link
   * #lock}.
   */
  private final Map<Integer, Object> recycled = new ConcurrentHashMap<>();

  /** References: the VMM's descriptors count as one, and each device file as one. */
  private final RefCount users;

  private final Lifetime lifetime = new Lifetime(() -> "kvm of " + this);
  private final CopyOnWriteArrayList<StuckReport> stuckReports = new CopyOnWriteArrayList<>();
  private final WaitQueue attached;
  private volatile boolean detached;
  private volatile boolean swapping;

  /** Whether the guest's page table is set up. Once it is it stays so. */
  private volatile boolean mmuReady;

  private volatile boolean fileTableFull;
  private volatile boolean broken;
  private volatile ReleaseObserver releaseObserver = ReleaseObserver.NONE;
  private volatile long reportAfterNanos = REPORT_AFTER_NANOS;

  /**
   * Makes a VM without vCPUs.
   *
   * @param host the interrupt hardware that it runs on; VMs may share it
   */
  public Vm(VmConfig config, Xive host) {
    this.config = config;
    this.host = host;
    this.number = host.newPartition();
    this.lock = new Mutex(KvmLocks.KVM_LOCK, "kvm->lock");
    this.swapLock = new Mutex(KvmLocks.SWAP_LOCK, "swap->lock");
    this.memory = new GuestMemory(config.memoryBytes());
    this.mmuReady = !config.hashedPageTable();
    this.gate = new EntryGate("mmu_ready");
    this.injection = new Injection(this);
    this.users = new RefCount(this);
    this.mmuSetupLock =
        has(KernelFix.MMU_SETUP_LOCK) ? new Mutex(KvmLocks.MMU_SETUP_LOCK, "mmu_setup_lock") : lock;
    this.rtasTokenLock =
        has(KernelFix.RTAS_TOKEN_LOCK)
            ? new Mutex(KvmLocks.RTAS_TOKEN_LOCK, "rtas_token_lock")
            : lock;
    this.attached = new WaitQueue(this + " attached");
  }

  // ---- what it is made of

  /** Returns what it was made with. */
  public VmConfig config() {
    return config;
  }

  /** Returns how its devices are released. */
  public ReleaseProtocol protocol() {
    return config.protocol();
  }

  /** Returns whose behaviour its devices have. */
  public KernelVersion kernel() {
    return config.kernel();
  }

  /** Returns whether its devices have a fix. */
  public boolean has(KernelFix fix) {
    return config.has(fix);
  }

  /** Returns the interrupt hardware. */
  public Xive host() {
    return host;
  }

  /** Returns the RAM. */
  public GuestMemory memory() {
    return memory;
  }

  /** Returns the device pages in its physical address space. */
  public GuestIo guestIo() {
    return guestIo;
  }

  /** Returns the debugfs of its host. */
  public Debugfs debugfs() {
    return debugfs;
  }

  /** Returns its number on the host, as in names of host interrupts: the logical partition id. */
  public int lpid() {
    return number;
  }

  /** Returns the folder of its debugfs files, without the mount point. */
  public String debugfsFolder() {
    return "kvm/" + ProcessHandle.current().pid() + "-" + number;
  }

  /** Returns the gate before guest entry. */
  public EntryGate gate() {
    return gate;
  }

  /** Returns the way of interrupts into the controller. */
  public Injection injection() {
    return injection;
  }

  /**
   * Returns the vCPUs in order of creation. Needs no lock; a vCPU that is being created may be
   * missing.
   */
  public List<Vcpu> vcpus() {
    Schedule.reads(vcpus);
    return vcpus;
  }

  /**
   * Makes a vCPU: KVM_CREATE_VCPU.
   *
   * @param id its number
   * @throws ErrnoException EIO if the VM is broken; EINVAL for a number out of range or too many
   *     vCPUs; EEXIST for a number in use
   */
  public Vcpu createVcpu(int id) throws ErrnoException {
    checkUsable();
    if (id < 0 || id >= KvmUapi.KVM_MAX_VCPU_ID) {
      throw new ErrnoException(Errno.EINVAL, "vCPU id out of range, id=" + id);
    }
    lock.lock();
    try {
      if (vcpus.size() == KvmUapi.KVM_MAX_VCPUS) {
        throw new ErrnoException(Errno.EINVAL, "too many vCPUs");
      }
      for (Vcpu other : vcpus) {
        if (other.id() == id) {
          throw new ErrnoException(Errno.EEXIST, "vCPU exists, id=" + id);
        }
      }
      Vcpu vcpu = new Vcpu(this, id);
      Schedule.writes(vcpus);
      vcpus.add(vcpu);
      return vcpu;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Marks the VM broken, as KVM does when it finds a bug of its own: from now on every ioctl on the
   * VM, its vCPUs and its devices fails. Closing still releases.
   */
  public void setBroken() {
    broken = true;
  }

  /**
   * The first check of every ioctl.
   *
   * @throws ErrnoException EIO if the VM is broken
   */
  public void checkUsable() throws ErrnoException {
    if (broken) {
      throw new ErrnoException(Errno.EIO, this + " is broken");
    }
  }

  // ---- devices

  /** Returns the interrupt controller, or null: {@code kvm->arch.xive}. May be on its way out. */
  public Device irqchip() {
    Schedule.point(PointKind.READ, this);
    return irqchip;
  }

  /**
   * KVM_CREATE_DEVICE, by the number of the type.
   *
   * @param registered the types that there are
   * @param type KVM device type number
   * @param flags {@code KVM_CREATE_DEVICE_TEST} only asks whether there is such a type; the other
   *     bits mean nothing
   * @return the new file; empty if it was only asked for
   * @throws ErrnoException ENODEV if no such type is registered; else as {@link
   *     #createDevice(DeviceType)}
   */
  public Optional<DeviceFile> createDevice(
      Collection<? extends DeviceType> registered, int type, int flags) throws ErrnoException {
    checkUsable();
    for (DeviceType each : registered) {
      if (each.type() == type) {
        boolean onlyAsks = (flags & KvmUapi.KVM_CREATE_DEVICE_TEST) != 0;
        return onlyAsks ? Optional.empty() : Optional.of(createDevice(each));
      }
    }
    throw new ErrnoException(
        Errno.ENODEV, "no device type " + Integer.toUnsignedString(type) + " is registered");
  }

  /**
   * KVM_CREATE_DEVICE.
   *
   * @throws ErrnoException EIO if the VM is broken; EEXIST if the VM has an interrupt controller;
   *     EMFILE if the process has no descriptor left; else as the type says
   */
  public DeviceFile createDevice(DeviceType type) throws ErrnoException {
    checkUsable();
    Device device;
    lock.lock();
    Device before = irqchip;
    try {
      device = type.create(this);
      Schedule.writes(devices);
      devices.add(device);
    } catch (RuntimeException | Error broken) {
      if (irqchip != before) {
        abandon(irqchip); // it was published, and then not finished
      }
      throw broken;
    } finally {
      lock.unlock();
    }
    try {
      device.init();
    } catch (RuntimeException | Error broken) {
      releaseDevice(device);
      throw broken;
    }
    if (fileTableFull) {
      destroyUnopened(device);
      throw new ErrnoException(Errno.EMFILE, "no descriptor is left");
    }
    Schedule.point(PointKind.WRITE, users);
    users.incrementAndGet();
    return new DeviceFile(this, device);
  }

  /** Lets the process of this VM run out of descriptors: creation fails at its last step. */
  public void setFileTableFull(boolean full) {
    fileTableFull = full;
  }

  /**
   * Takes a device apart for which there is no descriptor. Kernels call {@code destroy} there,
   * which a device with {@code release} does not have.
   */
  private void destroyUnopened(Device device) {
    if (has(KernelFix.FD_FAILURE)) {
      releaseDevice(device);
      return;
    }
    lock.lock();
    try {
      devices.remove(device);
    } finally {
      lock.unlock();
    }
    throw new AssertionError("null pointer: kvm_device_ops->destroy of " + device);
  }

  /**
   * A device that is being created becomes the interrupt controller. {@link #lock} is held.
   *
   * @throws ErrnoException EEXIST if there is one
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // lock is held
  public void publishIrqchip(Device device) throws ErrnoException {
    lock.assertHeld();
    if (irqchip != null) {
      throw new ErrnoException(Errno.EEXIST, "the VM has an interrupt controller");
    }
    Schedule.point(PointKind.WRITE, this);
    irqchip = device;
    int next = irqchipCount + 1;
    irqchipCount = next;
    injection.attach(device);
  }

  /** Changes with every controller. */
  int irqchipCount() {
    Schedule.reads(this);
    return irqchipCount;
  }

  /** The release step that clears {@code kvm->arch.xive}. */
  public void retractIrqchip(Device device) {
    Schedule.point(PointKind.WRITE, this);
    irqchip = null;
  }

  /**
   * Releases a device whose last reference has gone. Called by its file, once, outside all scopes.
   * What the VM holds of a device whose release throws is taken off it all the same, so that the VM
   * can get another.
   */
  public void releaseDevice(Device device) {
    lifetime.check();
    boolean locked = protocol().has(Step.VM_LOCK);
    if (locked) {
      lock.lock();
    }
    try {
      Schedule.writes(devices);
      devices.remove(device);
      protocol().release(this, device, releaseObserver);
    } catch (RuntimeException | Error broken) {
      abandon(device);
      throw broken;
    } finally {
      discardUnlessAwaited();
      if (locked) {
        lock.unlock();
      }
    }
  }

  private void abandon(Device device) {
    for (Vcpu vcpu : vcpus) {
      vcpu.forget(device);
    }
    if (irqchip == device) {
      retractIrqchip(device);
      discardUnlessAwaited();
    }
  }

  /** No controller is there, and none is to come that would take what is injected. */
  private void discardUnlessAwaited() {
    if (!swapping && !detached) {
      injection.discard();
    }
  }

  // ---- its end

  /**
   * The VMM closes its descriptors of the VM and of the vCPUs. The VM is destroyed when no device
   * file is left: each holds a reference, so release always finds a VM that lives.
   */
  public void close() {
    put();
  }

  /** Drops a reference; the last one destroys the VM. Called by device files, when released. */
  public void put() {
    Schedule.point(PointKind.WRITE, users);
    int left = users.decrementAndGet();
    if (left < 0) {
      throw new AssertionError(this + ": more references dropped than taken");
    }
    if (left == 0) {
      destroy();
    }
  }

  /**
   * Destroys the vCPUs and frees what was kept for re-use. Nobody is left who could call. A vCPU
   * that is still connected is cleaned up: that of a device which was never released.
   */
  private void destroy() {
    lifetime.free("last reference");
    for (Vcpu vcpu : vcpus()) {
      vcpu.destroy();
    }
    lock.lock();
    try {
      Schedule.writes(recycled);
      recycled.clear();
    } finally {
      lock.unlock();
    }
  }

  /** Ends when the last reference has gone: who uses the VM then comes too late. */
  public Lifetime lifetime() {
    return lifetime;
  }

  /** Lets somebody watch the steps of releases; {@link ReleaseObserver#NONE} for nobody. */
  public void setReleaseObserver(ReleaseObserver observer) {
    releaseObserver = observer;
  }

  /**
   * Returns what is kept for devices of one type over their generations, or null: the kernel's
   * {@code kvm->arch.xive_devices}. {@link #lock} is held.
   */
  public Object recycled(int deviceType) {
    Schedule.reads(recycled);
    return recycled.get(deviceType);
  }

  /** Keeps something for the next device of a type. {@link #lock} is held. */
  public void recycle(int deviceType, Object structure) {
    Schedule.writes(recycled);
    recycled.put(deviceType, structure);
  }

  // ---- interrupts

  /**
   * KVM_IRQ_LINE_STATUS.
   *
   * @param irq guest interrupt number
   * @param level 0, 1 or one of {@code KVM_INTERRUPT_*}
   * @return 0, or the negative errno that the device gave
   * @throws ErrnoException EIO if the VM is broken; ENXIO without an in-kernel controller
   */
  public int irqLine(int irq, int level) throws ErrnoException {
    checkUsable();
    try {
      injection.inject(irq, level);
      return 0;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENXIO) {
        throw e;
      }
      return e.errno().negated();
    }
  }

  /**
   * KVM_IRQFD: binds an eventfd to a guest interrupt.
   *
   * @param eventfd what stands for the descriptor
   * @param gsi guest interrupt number; not looked at before a signal comes
   * @param resamples whether it has a resamplefd
   * @throws ErrnoException EIO if the VM is broken; EAGAIN without an in-kernel controller; EBUSY
   *     if the eventfd is bound
   */
  public Irqfd assignIrqfd(Object eventfd, int gsi, boolean resamples) throws ErrnoException {
    checkUsable();
    if (irqchip() == null) {
      throw new ErrnoException(Errno.EAGAIN, "the VM has no in-kernel interrupt controller");
    }
    Irqfd irqfd = new Irqfd(this, eventfd, gsi, resamples);
    if (irqfds.putIfAbsent(eventfd, irqfd) != null) {
      throw new ErrnoException(Errno.EBUSY, "the eventfd is bound to an interrupt");
    }
    return irqfd;
  }

  void forgetIrqfd(Object eventfd, Irqfd irqfd) {
    boolean unusedWasThere = irqfds.remove(eventfd, irqfd);
  }

  /**
   * Routes a host interrupt straight to a guest source: what an irq-bypass producer does when it is
   * registered. A swap takes the route over to the next controller; a controller that is closed
   * takes it along, and then it has to be taken back before the next.
   *
   * @throws ErrnoException EIO for no host interrupt; EINVAL if the guest's has a route; EAGAIN if
   *     1024 guest interrupts have had one; ENODEV without a controller; else as the device says
   */
  public void setMapped(int guestIrq, int hostIrq) throws ErrnoException {
    lock.lock();
    try {
      mapLocked(guestIrq, hostIrq);
    } finally {
      lock.unlock();
    }
  }

  void mapLocked(int guestIrq, int hostIrq) throws ErrnoException {
    passThrough.set(guestIrq, hostIrq);
  }

  /**
   * Takes {@link #setMapped} back.
   *
   * @throws ErrnoException EIO for no host interrupt; ENODEV if the guest's never had a route, or
   *     without a controller; else as the device says
   */
  public void clrMapped(int guestIrq, int hostIrq) throws ErrnoException {
    lock.lock();
    try {
      unmapLocked(guestIrq, hostIrq);
    } finally {
      lock.unlock();
    }
  }

  void unmapLocked(int guestIrq, int hostIrq) throws ErrnoException {
    passThrough.clear(guestIrq, hostIrq);
  }

  /**
   * Takes back what is passed through to a controller, which is about to be swapped.
   *
   * @throws ErrnoException if the host refuses; {@link #passThroughTo} undoes what was done
   */
  public void takePassThroughBack(Device device) throws ErrnoException {
    lock.lock();
    try {
      passThrough.takeBack(device);
    } finally {
      lock.unlock();
    }
  }

  /** Passes through to a controller what {@link #takePassThroughBack} took from the last one. */
  public void passThroughTo(Device device) {
    lock.lock();
    try {
      passThrough.routeAnew(device);
    } finally {
      lock.unlock();
    }
  }

  Device lockedIrqchip() throws ErrnoException {
    Device current = irqchip();
    if (current == null) {
      throw new ErrnoException(Errno.ENODEV, "the VM has no in-kernel interrupt controller");
    }
    return current;
  }

  long prod(int server) {
    for (Vcpu vcpu : vcpus) {
      if (vcpu.id() == server) {
        vcpu.prod();
        return Hcall.H_SUCCESS;
      }
    }
    return Hcall.H_PARAMETER;
  }

  // ---- RTAS

  /**
   * KVM_PPC_RTAS_DEFINE_TOKEN.
   *
   * @param token 0 undefines
   * @throws ErrnoException EIO if the VM is broken; EEXIST if the token is in use; ENOENT for a
   *     name that KVM does not serve
   */
  public void defineRtasToken(String name, int token) throws ErrnoException {
    checkUsable();
    rtasTokenLock.lock();
    try {
      Schedule.writes(rtasTokens);
      if (token == 0) {
        rtasTokens.values().removeIf(service -> service.rtasName().equals(name));
        return;
      }
      if (rtasTokens.containsKey(token)) {
        throw new ErrnoException(Errno.EEXIST, "RTAS token in use, token=" + token);
      }
      RtasService service =
          RtasService.named(name)
              .orElseThrow(() -> new ErrnoException(Errno.ENOENT, "no RTAS service " + name));
      rtasTokens.put(token, service);
    } finally {
      rtasTokenLock.unlock();
    }
  }

  /** Returns whether KVM serves any RTAS call. */
  boolean hasRtasTokens() {
    Schedule.reads(rtasTokens);
    return !rtasTokens.isEmpty();
  }

  RtasService rtasService(int token) {
    Schedule.reads(rtasTokens);
    return rtasTokens.get(token);
  }

  Mutex rtasTokenLock() {
    return rtasTokenLock;
  }

  /** Serves an RTAS call in the kernel: any error is status -3, parameter error. */
  void serveRtas(RtasService service, int[] arguments, int[] returns) {
    if (arguments.length != service.argumentCount() || returns.length != service.returnCount()) {
      if (returns.length > 0) {
        returns[0] = RTAS_PARAMETER_ERROR;
      }
      return;
    }
    try {
      Device current = lockedIrqchip();
      switch (service) {
        case SET_XIVE -> current.setXive(arguments[0], arguments[1], arguments[2]);
        case GET_XIVE -> {
          Device.ServerPriority target = current.getXive(arguments[0]);
          returns[1] = target.server();
          returns[2] = target.priority();
        }
        case INT_OFF -> current.intOff(arguments[0]);
        case INT_ON -> current.intOn(arguments[0]);
      }
      returns[0] = 0;
    } catch (ErrnoException e) {
      returns[0] = RTAS_PARAMETER_ERROR;
    }
  }

  // ---- guest entry

  /**
   * Sets the guest's page table up, if that has not been done: {@code kvmhv_setup_mmu}. A radix
   * guest's always is. {@code Vcpu.mutex} is held.
   */
  void setUpMmu() {
    if (!config.hashedPageTable()) {
      return;
    }
    Schedule.point(PointKind.READ, mmuSetupLock);
    if (mmuReady) {
      return;
    }
    mmuSetupLock.lock();
    try {
      Schedule.writes(mmuSetupLock);
      mmuReady = true;
    } finally {
      mmuSetupLock.unlock();
    }
  }

  // ---- getting vCPUs out

  /** Kicks every vCPU. */
  public void kickAll() {
    for (Vcpu vcpu : vcpus) {
      vcpu.kick();
    }
  }

  /** Returns how long a wait may take before it is reported whom it is for. Default: 10 s. */
  public long reportAfterNanos() {
    return reportAfterNanos;
  }

  /** Changes how long a wait may take before it is reported; it goes on all the same. */
  public void setReportAfterNanos(long nanos) {
    reportAfterNanos = nanos;
  }

  /** Keeps the report that something waits for vCPUs for too long. */
  public void reportStuck(String waiter, List<EntryGate.Slot> inside) {
    for (EntryGate.Slot slot : inside) {
      reportStuck(waiter, slot.toString());
    }
  }

  /**
   * Keeps the report that something waits for too long for something that is no vCPU. A wait that
   * goes on is reported once.
   */
  public void reportStuck(String waiter, String waitsFor) {
    boolean unusedNew = stuckReports.addIfAbsent(new StuckReport(waiter, waitsFor));
  }

  /** Returns what waited for too long. */
  public List<StuckReport> stuckReports() {
    return List.copyOf(stuckReports);
  }

  // ---- swap

  /**
   * Returns whether the VM has lost its controller for a while: its backend has gone and its state
   * is kept.
   */
  public boolean isDetached() {
    Schedule.reads(attached);
    return detached;
  }

  /**
   * Says that the controller has gone for a while, or is back. Called by the swap, with {@link
   * #swapLock} held.
   */
  public void setDetached(boolean nowDetached) {
    swapLock.assertHeld();
    Schedule.writes(attached);
    detached = nowDetached;
    if (!nowDetached) {
      attached.wakeAll();
    }
  }

  /**
   * Says that a release is part of a swap: what is injected meanwhile is kept for the next
   * controller.
   */
  public void setSwapping(boolean nowSwapping) {
    swapLock.assertHeld();
    swapping = nowSwapping;
  }

  /** Makes vCPUs that wait for a controller look at what else they may have to do. */
  void wakeDetached() {
    attached.wakeAll();
  }

  /** Sleeps until the VM is not detached, or the caller has another reason to go on. */
  void awaitAttached(BooleanSupplier otherReason) {
    attached.await(() -> !isDetached() || otherReason.getAsBoolean());
  }

  @Override
  public String toString() {
    return "vm" + number;
  }
}
