package org.xivebench.kvm.irqchip;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KvmLocks;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Pq;

/**
 * State of an interrupt controller on XIVE hardware: the kernel's {@code kvmppc_xive}. One for each
 * VM and device type, kept and zeroed for the next device of that type, so that who holds a stale
 * pointer never meets freed memory; freed with the VM. It holds nothing of a backend: of a device
 * that is gone nothing stays reachable.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.c, Linux v5.10.
 */
public final class KvmXive {
  /** Guest interrupt numbers are below this. */
  public static final int NR_IRQS = SourceBlock.MAX_BLOCKS << SourceBlock.SHIFT;

  private static final int MAX_SMT_THREADS = 8;

  /** Where the ids of each further hardware thread of a core go, so that packing spreads them. */
  private static final int[] BLOCK_OFFSETS = {0, 4, 2, 6, 1, 5, 3, 7};

  /**
   * {@code xive->lock}: VP block, provisioning, creation of source blocks, connect, RESET, EQ_SYNC.
   * Before v5.2 it is {@code kvm->lock} itself, which RTAS calls hold already.
   */
  public final Mutex lock;

  private final Vm vm;
  private final HostXive host;
  private final AtomicReferenceArray<SourceBlock> srcBlocks =
      new AtomicReferenceArray<>(SourceBlock.MAX_BLOCKS);

  /** Highest block that was made. */
  private volatile int maxBlockId;

  private final AtomicInteger sourceCount = new AtomicInteger();
  private volatile int vpBase;
  private volatile int nrServers;
  private volatile boolean singleEscalation;
  private final int deviceType;

  /** Ends when the structure is freed; null while the protocol keeps it for re-use. */
  private final Lifetime lifetime;

  private KvmXive(Vm vm, int deviceType) {
    this.vm = vm;
    this.deviceType = deviceType;
    this.lifetime =
        vm.protocol().has(Step.RECYCLE) ? null : new Lifetime(() -> "kvmppc_xive of " + vm);
    this.host = new HostXive(vm.host());
    this.lock = vm.has(KernelFix.XIVE_LOCK) ? new Mutex(KvmLocks.XIVE_LOCK, "xive->lock") : vm.lock;
  }

  /**
   * Returns the structure for a new device, as if just allocated: {@code kvmppc_xive_get_device}.
   * {@code Vm.lock} is held.
   *
   * @param deviceType KVM device type number
   */
  public static KvmXive get(Vm vm, int deviceType) {
    vm.lock.assertHeld();
    if (!vm.protocol().has(Step.RECYCLE)) {
      return new KvmXive(vm, deviceType).zeroed();
    }
    if (vm.recycled(deviceType) instanceof KvmXive kept) {
      return vm.protocol().has(Step.ZERO_RECYCLED) ? kept.zeroed() : kept;
    }
    KvmXive fresh = new KvmXive(vm, deviceType).zeroed();
    vm.recycle(deviceType, fresh);
    return fresh;
  }

  /** Release: frees the structure, unless it is kept for the next device. */
  void release() {
    if (lifetime != null) {
      lifetime.free("release");
    }
  }

  private KvmXive zeroed() {
    reset();
    return this;
  }

  private void reset() {
    Schedule.writes(this);
    for (int id = 0; id <= maxBlockId; id++) {
      srcBlocks.setRelease(id, null);
    }
    maxBlockId = 0;
    sourceCount.set(0);
    vpBase = HostXive.INVALID_VP;
    nrServers = KvmUapi.KVM_MAX_VCPUS;
    singleEscalation = vm.host().hasSingleEscalation();
  }

  /** Returns the VM. */
  public Vm vm() {
    return vm;
  }

  /** Returns the host's XIVE. */
  public HostXive host() {
    return host;
  }

  /** Returns whether a vCPU has one escalation for all priorities, at the price of priority 7. */
  public boolean hasSingleEscalation() {
    return singleEscalation;
  }

  /** Returns how many priorities can have queues: 7 in single-escalation mode, else 8. */
  public int queueCount() {
    return singleEscalation ? XiveQueue.COUNT - 1 : XiveQueue.COUNT;
  }

  // ---- sources

  /** Returns the block of a source, or null if it has not been made. Needs no lock. */
  public SourceBlock block(int irq) {
    if (lifetime != null) {
      lifetime.check();
    }
    Schedule.point(PointKind.READ, this);
    int id = irq >>> SourceBlock.SHIFT;
    return id < SourceBlock.MAX_BLOCKS ? srcBlocks.getAcquire(id) : null;
  }

  /**
   * Returns the block of a source; makes it, under {@link #lock}, if there is none.
   *
   * @param irq below {@link #NR_IRQS}
   */
  public SourceBlock blockOrCreate(int irq) {
    SourceBlock block = block(irq);
    if (block != null) {
      return block;
    }
    lock.lock();
    try {
      int id = irq >>> SourceBlock.SHIFT;
      Schedule.reads(this);
      block = srcBlocks.getAcquire(id);
      if (block == null) {
        block = new SourceBlock(host, id);
        Schedule.point(PointKind.WRITE, this);
        srcBlocks.setRelease(id, block);
        maxBlockId = Math.max(maxBlockId, id);
      }
      return block;
    } finally {
      lock.unlock();
    }
  }

  /** Returns the highest number of a block that was made; walk the blocks from 0 to this. */
  public int maxBlockId() {
    Schedule.reads(this);
    return maxBlockId;
  }

  /** Returns a block by its number, or null. */
  public SourceBlock blockById(int id) {
    Schedule.point(PointKind.READ, this);
    return srcBlocks.getAcquire(id);
  }

  /** Takes a block out; the caller frees it. */
  void forgetBlock(int id) {
    Schedule.point(PointKind.WRITE, this);
    srcBlocks.setRelease(id, null);
  }

  /** Returns how many sources were ever made valid. */
  public int sourceCount() {
    return sourceCount.get();
  }

  /** Makes a source valid, that was not. */
  public void addSource(SourceState state) {
    Schedule.writes(this);
    sourceCount.incrementAndGet();
    Schedule.point(PointKind.WRITE, state);
    state.valid = true;
  }

  /**
   * Gives a source a hardware interrupt of its own.
   *
   * @param errno what it is when the firmware has none
   * @throws ErrnoException with that number
   */
  public void allocateIpi(SourceState state, Errno errno) throws ErrnoException {
    int hwIrq = host.allocIrq();
    if (hwIrq == 0) {
      throw new ErrnoException(errno, "the firmware has no interrupt left for " + state);
    }
    Schedule.writes(state);
    state.ipiData = host.hardware().source(hwIrq);
    state.ipiData.setGuestIrq(state.number);
    state.ipiNumber = hwIrq;
  }

  /**
   * Unmasks a source, and lets go what came while it was masked. With P set before, an EOI of the
   * guest is still to come, and stays so. {@code sb->lock} is held.
   *
   * @param priority the guest's priority from now on; not {@link SourceState#MASKED}
   */
  public void finishUnmask(SourceState state, int priority) {
    state.block().assertHeld();
    if (state.guestPriority == SourceState.MASKED) {
      EsbSource source = state.hwData();
      if (state.oldQ) {
        // One that came since is one with it: there is room for one.
        long unusedOld = source.loadManagement(EsbOffset.SET_PQ_11);
      }
      if (!state.oldP) {
        sourceEoi(source);
      }
    }
    Schedule.point(PointKind.WRITE, state);
    state.guestPriority = priority;
  }

  /** Ends an interrupt at its source; what Q remembers is sent again. */
  public void sourceEoi(EsbSource source) {
    if (source.hasStoreEoi()) {
      source.storeManagement(EsbOffset.STORE_EOI, 0);
    } else if (source.isLsi()) {
      source.loadManagement(EsbOffset.LOAD_EOI);
    } else if ((source.loadManagement(EsbOffset.SET_PQ_00) & Pq.Q) != 0) {
      source.trigger();
    }
  }

  /**
   * Routes a source that a XICS guest has: {@code xive_target_interrupt}. The queue that it leaves
   * may still hold an entry of it, and is told ({@code pendingCount}). {@code sb->lock} is held.
   *
   * @throws ErrnoException as {@link #selectTarget}; ENXIO if the firmware refuses the route. The
   *     source keeps its route then
   */
  public void targetInterrupt(SourceState state, int server, int priority) throws ErrnoException {
    state.block().assertHeld();
    XiveVcpu target = selectTarget(server, priority);
    routeTo(target, state, priority, state.number);
    if (state.actPriority != SourceState.MASKED) {
      XiveVcpu old = findServer(state.actServer);
      if (old != null) {
        XiveQueue left = old.queue(state.actPriority);
        Schedule.writes(left);
        left.pendingCount.incrementAndGet();
      }
    }
    Schedule.writes(state);
    state.actPriority = priority;
    state.actServer = target.serverNumber();
  }

  /**
   * Routes a source in hardware to where room has been reserved; gives the room back if the
   * firmware refuses.
   *
   * @throws ErrnoException ENXIO if it does
   */
  public void routeTo(XiveVcpu target, SourceState state, int priority, int data)
      throws ErrnoException {
    boolean routed = false;
    try {
      host.configureIrq(state.hwNumber(), target.vpId(), priority, data);
      routed = true;
    } finally {
      if (!routed) {
        target.queue(priority).countDown();
      }
    }
  }

  // ---- servers and VPs

  /**
   * Returns what is connected as a server, or null. Needs no lock, and is not kept out while a vCPU
   * is cleaned up; what it returns may be freed.
   */
  public XiveVcpu findServer(int server) {
    List<Vcpu> vcpus = vm.vcpus();
    for (int i = 0; i < vcpus.size(); i++) {
      XiveVcpu xc = XiveVcpu.of(vcpus.get(i));
      if (xc != null && xc.serverNumber() == server) {
        return xc;
      }
    }
    return null;
  }

  /**
   * Chooses where events of a source go: {@code select_target}. The server that was asked for, or
   * else the first vCPU with room in its queue. The room is reserved.
   *
   * @throws ErrnoException EINVAL if there is no such server; EBUSY if there is no room anywhere
   */
  public XiveVcpu selectTarget(int server, int priority) throws ErrnoException {
    XiveVcpu asked = findServer(server);
    if (asked == null) {
      throw new ErrnoException(Errno.EINVAL, "no vCPU is server " + server);
    }
    if (asked.tryPickQueue(priority)) {
      return asked;
    }
    for (Vcpu vcpu : vm.vcpus()) {
      XiveVcpu other = XiveVcpu.of(vcpu);
      if (other != null && other.tryPickQueue(priority)) {
        return other;
      }
    }
    throw new ErrnoException(Errno.EBUSY, "no vCPU has room in a queue of priority " + priority);
  }

  /** Returns the VP of a server. */
  public int vpOf(int server) {
    Schedule.reads(this);
    return vpBase + pack(server);
  }

  /** Packs a vCPU id into {@code 0 … KVM_MAX_VCPUS - 1}; what does not fit becomes 0. */
  int pack(int id) {
    int stride = vm.config().smtMode();
    int block = Integer.divideUnsigned(id, KvmUapi.KVM_MAX_VCPUS) * (MAX_SMT_THREADS / stride);
    if (block < 0 || block >= MAX_SMT_THREADS) {
      return 0;
    }
    int packed = Integer.remainderUnsigned(id, KvmUapi.KVM_MAX_VCPUS) + BLOCK_OFFSETS[block];
    return packed < KvmUapi.KVM_MAX_VCPUS ? packed : 0;
  }

  /**
   * Finds the VP for a vCPU that is to be connected, and allocates the block of VPs if this is the
   * first. {@link #lock} is held.
   *
   * @throws ErrnoException EINVAL for a server number out of range; ENOSPC if there are no VPs;
   *     EEXIST if the VP is in use; nothing has changed then, but that the block may be allocated
   */
  public int computeVpId(int server) throws ErrnoException {
    lock.assertHeld();
    if (!isServerInRange(server)) {
      throw new ErrnoException(
          Errno.EINVAL, "server out of range, server=" + Integer.toUnsignedString(server));
    }
    if (vpBase == HostXive.INVALID_VP) {
      allocateVpBlock(Errno.ENOSPC);
    }
    int vp = vpOf(server);
    if (isInUse(server, vp)) {
      throw new ErrnoException(Errno.EEXIST, "the VP is in use, server=" + server);
    }
    return vp;
  }

  private boolean isServerInRange(int server) {
    if (vm.has(KernelFix.PACKED_ID)) {
      return pack(server) < nrServers;
    }
    boolean forgetsStride =
        deviceType == KvmUapi.KVM_DEV_TYPE_XIVE && !vm.has(KernelFix.SERVER_LIMIT);
    int stride = forgetsStride ? 1 : vm.config().smtMode();
    return Integer.compareUnsigned(server, nrServers * stride) < 0;
  }

  private boolean isInUse(int server, int vp) {
    if (!vm.has(KernelFix.VP_IN_USE)) {
      return findServer(server) != null;
    }
    for (Vcpu vcpu : vm.vcpus()) {
      XiveVcpu xc = XiveVcpu.of(vcpu);
      if (xc != null && xc.vpId() == vp) {
        return true;
      }
    }
    return false;
  }

  /**
   * Allocates the block of VPs.
   *
   * @param errno what it is when there is none
   * @throws ErrnoException with that number
   */
  public void allocateVpBlock(Errno errno) throws ErrnoException {
    int base = host.allocVpBlock(nrServers);
    if (base == HostXive.INVALID_VP) {
      throw new ErrnoException(errno, "the firmware has no " + nrServers + " VPs");
    }
    Schedule.writes(this);
    vpBase = base;
  }

  /** Returns whether an END of the VPs of this device is in use. */
  boolean hasEndInUse() {
    return host.hardware().isAnyEndValid(vpBase, nrServers);
  }

  /** Returns the first VP of the block, or {@link HostXive#INVALID_VP}. */
  public int vpBase() {
    Schedule.reads(this);
    return vpBase;
  }

  /**
   * Sets how many servers there will be: attribute NR_SERVERS.
   *
   * @throws ErrnoException EINVAL for 0 or more than {@code KVM_MAX_VCPU_ID}; EBUSY if the VPs are
   *     allocated
   */
  public void setNrServers(int count) throws ErrnoException {
    if (count == 0 || Integer.compareUnsigned(count, KvmUapi.KVM_MAX_VCPU_ID) > 0) {
      throw new ErrnoException(
          Errno.EINVAL, "number of servers, count=" + Integer.toUnsignedString(count));
    }
    lock.lock();
    try {
      if (vpBase != HostXive.INVALID_VP) {
        throw new ErrnoException(Errno.EBUSY, "the VPs are allocated");
      }
      Schedule.writes(this);
      nrServers = Math.min(count, KvmUapi.KVM_MAX_VCPUS);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return vm + " kvmppc_xive";
  }
}
