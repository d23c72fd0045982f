package org.xivebench.xivenative;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.KvmLocks;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.AddressSpace;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.Escalations;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveDebugfs;
import org.xivebench.kvm.irqchip.XiveDevice;
import org.xivebench.kvm.irqchip.XiveQueue;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.sync.Mutex;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OsRingWord;
import org.xivebench.xive.Pq;

/**
 * The device by which a guest drives the interrupt hardware itself: sources, targets and queues are
 * configured by attributes, for the guest's H_INT_* calls; everything else the guest does in pages
 * that it maps.
 *
 * <p>Lives as {@link XiveDevice} says. {@code mapping} is the one thing more that release has to
 * forget, first of all: through it pages are taken away from a guest.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive_native.c, Linux v5.10 and v6; what differs from v6 is in
 * docs/decisions.md.
 */
final class XiveNativeDevice extends XiveDevice {
  private static final int TIMA_PAGES = 4;

  /** The one page of the TIMA that a guest gets. */
  private static final int OS_VIEW = 2;

  private static final long RESET_WAITS_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final boolean mended;
  private final NativeSources sources;
  private final NativeQueues queues;

  /** {@code xive->mapping_lock}. */
  private final Mutex mappingLock = new Mutex(KvmLocks.MAPPING_LOCK, "xive->mapping_lock");

  /** Through which pages are unmapped, or null. Written by mmap without a lock. */
  private volatile AddressSpace mapping;

  private XiveNativeDevice(DeviceType type, Vm vm) {
    super(type, vm);
    this.mended = !vm.kernel().isBefore(KernelVersion.V6);
    this.sources = new NativeSources(xive(), mended);
    this.queues = new NativeQueues(xive());
  }

  /** KVM_CREATE_DEVICE, with {@code Vm.lock} held. */
  static XiveNativeDevice create(DeviceType type, Vm vm) throws ErrnoException {
    requireNoIrqchip(vm);
    XiveNativeDevice device = new XiveNativeDevice(type, vm);
    device.publish(Errno.ENXIO);
    return device;
  }

  // ---- connect

  @Override
  public void connectVcpu(Vcpu vcpu, int server) throws ErrnoException {
    checkLive();
    if (vcpu.irqType() != IrqType.DEFAULT) {
      throw new ErrnoException(Errno.EBUSY, vcpu + " is connected to a controller");
    }
    KvmXive xive = xive();
    xive.lock.lock();
    boolean connected = false;
    try {
      int vp = xive.computeVpId(server);
      XiveNativeVcpu xc = new XiveNativeVcpu(xive, this, vcpu, server, vp);
      vcpu.setPresenter(xc);
      vcpu.setIrqType(IrqType.XIVE);
      int cam = loadVpInfo(xc);
      host().enableVp(vp, xive.hasSingleEscalation());
      loadContext(vcpu, cam);
      connected = true;
    } finally {
      xive.lock.unlock();
      if (!connected) {
        // Nothing if it was refused before the presenter was published.
        cleanUpVcpu(vcpu);
      }
    }
  }

  // ---- attributes

  @Override
  public void setAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    checkLive();
    switch (group) {
      case XiveUapi.KVM_DEV_XIVE_GRP_CTRL -> control(attr, user);
      case XiveUapi.KVM_DEV_XIVE_GRP_SOURCE -> sources.create(attr, user);
      case XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG -> sources.configure(attr, user);
      case XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG -> queues.set(attr, user);
      case XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_SYNC -> sources.sync(attr);
      default -> throw noAttribute(group, attr);
    }
  }

  private void control(long attr, UserBuffer user) throws ErrnoException {
    if (attr == XiveUapi.KVM_DEV_XIVE_RESET) {
      reset();
    } else if (attr == XiveUapi.KVM_DEV_XIVE_EQ_SYNC) {
      syncQueues();
    } else if (attr == XiveUapi.KVM_DEV_XIVE_NR_SERVERS && hasNrServers()) {
      xive().setNrServers(user.getInt(0));
    } else {
      throw noAttribute(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, attr);
    }
  }

  private boolean hasNrServers() {
    return !vm().kernel().isBefore(KernelVersion.V55);
  }

  @Override
  public void getAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    checkLive();
    if (group != XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG) {
      throw noAttribute(group, attr);
    }
    queues.get(attr, user);
  }

  @Override
  public void hasAttr(int group, long attr) throws ErrnoException {
    checkLive();
    boolean has =
        switch (group) {
          case XiveUapi.KVM_DEV_XIVE_GRP_CTRL ->
              attr == XiveUapi.KVM_DEV_XIVE_RESET
                  || attr == XiveUapi.KVM_DEV_XIVE_EQ_SYNC
                  || (attr == XiveUapi.KVM_DEV_XIVE_NR_SERVERS && hasNrServers());
          case XiveUapi.KVM_DEV_XIVE_GRP_SOURCE,
              XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG,
              XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_SYNC ->
              Long.compareUnsigned(attr, KvmXive.NR_IRQS) < 0;
          case XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG -> true;
          default -> false;
        };
    if (!has) {
      throw noAttribute(group, attr);
    }
  }

  private static ErrnoException noAttribute(int group, long attr) {
    return new ErrnoException(
        Errno.ENXIO, "no attribute, group=" + group + " attr=0x" + Long.toHexString(attr));
  }

  /**
   * CTRL/RESET: no source is routed, no vCPU has a queue or an escalation; sources and connections
   * stay. Every vCPU is taken out of the guest meanwhile: kernels do it under the vCPU's feet,
   * which then may use an escalation that has gone.
   */
  private void reset() {
    if (!vm().has(KernelFix.RESET_OUTSIDE)) {
      resetAll();
      return;
    }
    vm().gate().close();
    try {
      vm().kickAll();
      if (!vm().gate().awaitOutside(RESET_WAITS_NANOS)) {
        vm().reportStuck("RESET", vm().gate().inside());
      }
      resetAll();
    } finally {
      vm().gate().open();
    }
  }

  private void resetAll() {
    KvmXive xive = xive();
    xive.lock.lock();
    try {
      for (Vcpu vcpu : vm().vcpus()) {
        XiveVcpu xc = XiveVcpu.of(vcpu);
        if (xc == null) {
          continue;
        }
        maskSourcesOf(xc);
        Escalations.mask(vcpu);
        for (int priority = 0; priority < xive.queueCount(); priority++) {
          Escalations.free(xc, priority, mended);
          host().disableQueue(xc.vpId(), priority);
          freeQueuePage(xc, priority);
          if (mended) {
            XiveQueue queue = xc.queue(priority);
            Schedule.writes(queue);
            queue.guestQaddr = 0;
            queue.guestQshift = 0;
            queue.count.set(0);
          }
        }
      }
      forEachValidSource(this::resetSource);
    } finally {
      xive.lock.unlock();
    }
  }

  private void resetSource(SourceState state) {
    if (state.actPriority != SourceState.MASKED) {
      Schedule.writes(state);
      state.actPriority = SourceState.MASKED;
      maskInHardware(state);
    }
    state.eisn = 0;
    state.actServer = 0;
  }

  /**
   * CTRL/EQ_SYNC: when this returns every event that had left its source is in its queue. The
   * kernel then marks the queues' pages dirty; this VM's memory keeps no dirty log.
   */
  private void syncQueues() {
    KvmXive xive = xive();
    xive.lock.lock();
    try {
      forEachValidSource(
          state -> {
            if (state.actPriority != SourceState.MASKED) {
              host().syncSource(state.hwNumber());
              host().syncQueue(state.hwNumber());
            }
          });
    } finally {
      xive.lock.unlock();
    }
  }

  // ---- registers

  @Override
  public OneReg getOneReg(Vcpu vcpu, long id) throws ErrnoException {
    XiveNativeVcpu xc = (XiveNativeVcpu) vcpu.presenter();
    if (id == KvmUapi.KVM_REG_PPC_ICP_STATE) {
      return IcpState.get(xc);
    }
    requireVpState(vcpu, id);
    long saved = vcpu.savedState();
    // What came while it was not dispatched is in the NVT, at the same place of its word.
    return OneReg.of(saved | (host().vpState(xc.vpId()) & OsRingWord.IPB.mask()));
  }

  @Override
  public void setOneReg(Vcpu vcpu, long id, OneReg value) throws ErrnoException {
    XiveNativeVcpu xc = (XiveNativeVcpu) vcpu.presenter();
    if (id == KvmUapi.KVM_REG_PPC_ICP_STATE) {
      IcpState.set(xc, value.first());
      return;
    }
    requireVpState(vcpu, id);
    if (vcpu.isPushed()) {
      throw new ErrnoException(Errno.EBUSY, vcpu + " is in the guest");
    }
    vcpu.setSavedState(value.first());
  }

  private static void requireVpState(Vcpu vcpu, long id) throws ErrnoException {
    if (id != KvmUapi.KVM_REG_PPC_VP_STATE) {
      throw new ErrnoException(Errno.EINVAL, "no register 0x" + Long.toHexString(id));
    }
    if (vcpu.irqType() != IrqType.XIVE) {
      throw new ErrnoException(Errno.EPERM, vcpu + " is not in native mode");
    }
  }

  // ---- pages

  @Override
  public void mmap(DeviceMapping newMapping, long pageOffset, long pages) throws ErrnoException {
    checkLive();
    long most;
    if (pageOffset == XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET) {
      most = TIMA_PAGES;
    } else if (pageOffset == XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET) {
      most = 2L * KvmXive.NR_IRQS;
    } else {
      throw new ErrnoException(Errno.EINVAL, "nothing to map, page=" + pageOffset);
    }
    if (pages > most) {
      throw new ErrnoException(Errno.EINVAL, "too many pages, pages=" + pages);
    }
    Schedule.writes(this);
    mapping = newMapping.file().addressSpace();
  }

  @Override
  public IoPage fault(long pageOffset) {
    checkLive();
    if (pageOffset < XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET) {
      return pageOffset == XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET + OS_VIEW
          ? TimaOsPage.INSTANCE
          : null;
    }
    long page = pageOffset - XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET;
    EsbSource source = sources.pagesOf(page / 2);
    if (source == null) {
      return null;
    }
    return page % 2 == 0 ? EsbPage.trigger(source) : EsbPage.management(source);
  }

  @Override
  protected void resetMapped(int guestIrq) {
    mappingLock.lock();
    try {
      Schedule.reads(this);
      AddressSpace pages = mapping;
      if (pages != null) {
        // Before v5.2-rc4 kernels forgot that the ESB pages do not come first in the file.
        long start = vm().has(KernelFix.ESB_PAGE_OFFSET) ? XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET : 0;
        pages.zap(start + 2L * guestIrq, 2);
      }
    } finally {
      mappingLock.unlock();
    }
  }

  @Override
  public void clearMapping() {
    mappingLock.lock();
    try {
      Schedule.writes(this);
      mapping = null;
    } finally {
      mappingLock.unlock();
    }
  }

  @Override
  protected boolean keepsAddressSpace() {
    return mapping != null;
  }

  // ---- pass-through

  @Override
  protected int endData(SourceState state) {
    return mended ? state.eisn : state.number;
  }

  /**
   * The guest masks and unmasks by P and Q of its page, so the new page goes on where the old one
   * was. Kernels leave the host's interrupt pending instead, until the guest happens to end it.
   */
  @Override
  protected void takePqOver(SourceState state, int priority, long guestPq, EsbSource hostSource) {
    if (!mended) {
      super.takePqOver(state, priority, guestPq, hostSource);
    } else if (guestPq == Pq.OFF) {
      hostSource.loadManagement(EsbOffset.SET_PQ_01);
    } else if (guestPq == Pq.RESET) {
      xive().sourceEoi(hostSource);
    } else if (guestPq == Pq.QUEUED) {
      hostSource.loadManagement(EsbOffset.SET_PQ_11);
    }
  }

  @Override
  protected void givePqBack(SourceState state, int priority, long hostPq, EsbSource hostSource) {
    if (mended) {
      state.ipiData.loadManagement(EsbOffset.SET_PQ_00 + ((int) hostPq << 8));
    } else {
      super.givePqBack(state, priority, hostPq, hostSource);
    }
  }

  // ---- calls that a native guest does not make

  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    return Hcall.H_TOO_HARD;
  }

  @Override
  public void setXive(int irq, int server, int priority) throws ErrnoException {
    throw noRtas();
  }

  @Override
  public ServerPriority getXive(int irq) throws ErrnoException {
    throw noRtas();
  }

  @Override
  public void intOff(int irq) throws ErrnoException {
    throw noRtas();
  }

  @Override
  public void intOn(int irq) throws ErrnoException {
    throw noRtas();
  }

  private static ErrnoException noRtas() {
    return new ErrnoException(Errno.EINVAL, "a native guest has no RTAS interrupt calls");
  }

  // ---- debugfs

  @Override
  protected void renderDebugfs(StringBuilder text) {
    boolean v6 = !vm().kernel().isBefore(KernelVersion.V6);
    boolean withVp = !vm().kernel().isBefore(KernelVersion.V55);
    XiveDebugfs.appendVcpuTitle(text);
    for (Vcpu vcpu : vm().vcpus()) {
      XiveVcpu xc = XiveVcpu.of(vcpu);
      if (xc == null) {
        continue;
      }
      if (v6) {
        text.append("VCPU ").append(xc.serverNumber()).append(": VP=");
        XiveDebugfs.appendHex(text, xc.vpId());
        text.append(String.format(Locale.ROOT, "/%02x\n   ", xc.vpChipId()));
      } else {
        text.append("cpu server ");
        XiveDebugfs.appendHex(text, xc.serverNumber());
        if (withVp) {
          XiveDebugfs.appendHex(text.append(" VP="), xc.vpId());
        }
      }
      appendSavedState(text, vcpu, v6);
      XiveDebugfs.appendQueues(text, xc);
    }
    XiveDebugfs.appendSources(text, xive());
  }

  /**
   * The state of the last pull. Before v6 the words are printed as a little-endian host has them.
   */
  private static void appendSavedState(StringBuilder text, Vcpu vcpu, boolean v6) {
    long w01 = vcpu.savedState();
    int w2 = vcpu.camWord();
    text.append(
        String.format(
            Locale.ROOT,
            " NSR=%02x CPPR=%02x IBP=%02x PIPR=%02x w01=%016x w2=%08x\n",
            OsRingWord.NSR.get(w01),
            OsRingWord.CPPR.get(w01),
            OsRingWord.IPB.get(w01),
            OsRingWord.PIPR.get(w01),
            v6 ? w01 : Long.reverseBytes(w01),
            v6 ? w2 : Integer.reverseBytes(w2)));
  }
}
