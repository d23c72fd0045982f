package org.xivebench.xics;

import java.util.Locale;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.Escalations;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.irqchip.XiveDebugfs;
import org.xivebench.kvm.irqchip.XiveDevice;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.kvm.uapi.IcpStateWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OsRingWord;

/**
 * KVM_DEV_TYPE_XICS on XIVE hardware: the guest sees a XICS, KVM serves it from a XIVE virtual
 * processor for each vCPU.
 *
 * <p>Every source of the guest is a hardware source of its own, routed to the vCPU's queue of its
 * priority with the guest's number as data. Every vCPU has one more, routed to itself at priority
 * 0, which says no more than that MFRR has changed. Fetching, ending and sending are {@link
 * XicsHypercalls}; routing and masking {@link XicsRtas}; saving and restoring {@link XicsSources}
 * and the register ICP_STATE.
 *
 * <p>Source: arch/powerpc/kvm/book3s_xive.c, Linux v5.10 and v6.
 */
final class XicsDevice extends XiveDevice {
  private static final int ICP_XISR_SPECIAL = XicsHypercalls.IPI;
  private static final int NO_PENDING_PRIORITY = 0xff;
  private static final int IPI_PRIORITY = 0;

  private final XicsQueues queues;
  private final XicsHypercalls hypercalls;
  private final XicsRtas rtas;
  private final XicsSources sources;

  private XicsDevice(XicsDeviceType type, Vm vm) {
    super(type, vm);
    KvmXive xive = xive();
    this.queues = new XicsQueues(xive);
    this.hypercalls = new XicsHypercalls(xive);
    this.rtas = new XicsRtas(xive, queues);
    this.sources = new XicsSources(xive, queues);
  }

  /** Makes the VM's controller. {@code Vm.lock} is held. */
  static Device create(XicsDeviceType type, Vm vm) throws ErrnoException {
    if (!vm.has(KernelFix.LATE_PUBLISH) && vm.kernel() != KernelVersion.PRE) {
      return createAsIn2019(type, vm);
    }
    requireNoIrqchip(vm);
    XicsDevice device = new XicsDevice(type, vm);
    device.publish(Errno.ENOMEM);
    return device;
  }

  /**
   * From v5.2 to v5.4, until Linux e7d71c943040, the kernel takes the kept structure, and zeroes
   * it, before it looks whether there is a controller already: a second create empties the live
   * device, and its VPs are lost.
   */
  private static Device createAsIn2019(XicsDeviceType type, Vm vm) throws ErrnoException {
    XicsDevice device = new XicsDevice(type, vm);
    if (vm.irqchip() != null) {
      device.xive().allocateVpBlock(Errno.ENOMEM);
      requireNoIrqchip(vm);
    }
    device.publish(Errno.ENOMEM);
    return device;
  }

  // ---- connect

  /**
   * {@inheritDoc}
   *
   * @throws ErrnoException EBUSY if the vCPU has a controller; EINVAL, ENOSPC, EEXIST as {@link
   *     KvmXive#computeVpId}; EIO, EINVAL, ENXIO if the firmware refuses something; EBUSY if the
   *     escalation is taken
   */
  @Override
  public void connectVcpu(Vcpu vcpu, int server) throws ErrnoException {
    checkLive();
    if (vcpu.irqType() != IrqType.DEFAULT) {
      throw new ErrnoException(Errno.EBUSY, vcpu + " is connected to a controller");
    }
    try {
      connectLocked(vcpu, server);
    } catch (ErrnoException e) {
      abandon(vcpu);
      throw e;
    }
  }

  private void connectLocked(Vcpu vcpu, int server) throws ErrnoException {
    KvmXive xive = xive();
    xive.lock.lock();
    try {
      XicsVcpu xc = new XicsVcpu(this, vcpu, server, xive.computeVpId(server));
      // Others find the server from here on. They leave it alone: its CPPR, 0, admits nothing.
      vcpu.setPresenter(xc);
      setUp(vcpu, xc);
      vcpu.setIrqType(IrqType.XICS);
    } finally {
      xive.lock.unlock();
    }
  }

  /**
   * Takes a vCPU that could not be connected apart again. Kernels up to now call the clean-up,
   * which does nothing to a vCPU that is not of type XICS yet: the half-made presenter stays.
   */
  private void abandon(Vcpu vcpu) {
    if (vcpu.presenter() != null && vm().has(KernelFix.CONNECT_CLEAN_UP)) {
      vcpu.setIrqType(IrqType.XICS);
      cleanUpVcpu(vcpu);
    }
  }

  private void setUp(Vcpu vcpu, XicsVcpu xc) throws ErrnoException {
    loadContext(vcpu, loadVpInfo(xc));
    int vpIpi = host().allocIrq();
    if (vpIpi == 0) {
      throw new ErrnoException(Errno.EIO, "the firmware has no interrupt left for IPIs");
    }
    Schedule.writes(xc);
    xc.vpIpi = vpIpi;
    xc.vpIpiData = host().populateIrqData(vpIpi);
    host().enableVp(xc.vpId(), xive().hasSingleEscalation());
    for (int priority = 0; priority < xive().queueCount(); priority++) {
      if (queues.isProvisioned(priority)) {
        queues.provision(xc, priority);
      } else {
        // Without a queue: it notifies, and that is all that the IPI source needs.
        host().configureQueue(xc.vpId(), priority, xc.queue(priority), null, 0, 0, true);
      }
    }
    Escalations.attach(xc, IPI_PRIORITY);
    host().configureIrq(vpIpi, xc.vpId(), IPI_PRIORITY, XicsHypercalls.IPI);
    long unusedOld = xc.vpIpiData.loadManagement(EsbOffset.SET_PQ_00);
  }

  @Override
  protected void maskVpIpi(XiveVcpu xc) {
    EsbSource ipi = ((XicsVcpu) xc).vpIpiData;
    if (ipi != null) {
      long unusedOld = ipi.loadManagement(EsbOffset.SET_PQ_01);
    }
  }

  @Override
  protected void freeVpIpi(XiveVcpu xc) {
    XicsVcpu presenter = (XicsVcpu) xc;
    if (presenter.vpIpi != 0) {
      host().freeIrq(presenter.vpIpi);
    }
  }

  // ---- the guest's calls

  @Override
  public long hypercall(Vcpu vcpu, int opcode) {
    return hypercalls.serve(vcpu, opcode);
  }

  @Override
  public void setXive(int irq, int server, int priority) throws ErrnoException {
    checkLive();
    rtas.setXive(irq, server, priority);
  }

  @Override
  public ServerPriority getXive(int irq) throws ErrnoException {
    checkLive();
    return rtas.getXive(irq);
  }

  @Override
  public void intOff(int irq) throws ErrnoException {
    checkLive();
    rtas.intOff(irq);
  }

  @Override
  public void intOn(int irq) throws ErrnoException {
    checkLive();
    rtas.intOn(irq);
  }

  @Override
  protected int endData(SourceState state) {
    return state.number;
  }

  // ---- attributes

  @Override
  public void setAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    checkLive();
    if (group == XicsUapi.KVM_DEV_XICS_GRP_SOURCES) {
      sources.set(attr, user);
    } else if (isNrServers(group, attr)) {
      xive().setNrServers(user.getInt(0));
    } else {
      throw noAttribute(group, attr);
    }
  }

  @Override
  public void getAttr(int group, long attr, UserBuffer user) throws ErrnoException {
    checkLive();
    if (group != XicsUapi.KVM_DEV_XICS_GRP_SOURCES) {
      throw noAttribute(group, attr);
    }
    sources.get(attr, user);
  }

  @Override
  public void hasAttr(int group, long attr) throws ErrnoException {
    checkLive();
    boolean isSource =
        group == XicsUapi.KVM_DEV_XICS_GRP_SOURCES
            && attr >= XicsUapi.FIRST_SOURCE
            && attr < XicsUapi.SOURCE_COUNT;
    if (!isSource && !isNrServers(group, attr)) {
      throw noAttribute(group, attr);
    }
  }

  /** NR_SERVERS came with v5.5. */
  private boolean isNrServers(int group, long attr) {
    return group == XicsUapi.KVM_DEV_XICS_GRP_CTRL
        && attr == XicsUapi.KVM_DEV_XICS_NR_SERVERS
        && !vm().kernel().isBefore(KernelVersion.V55);
  }

  private static ErrnoException noAttribute(int group, long attr) {
    return new ErrnoException(
        Errno.ENXIO, "no attribute, group=" + group + " attr=0x" + Long.toHexString(attr));
  }

  // ---- one_reg

  /**
   * Reads ICP_STATE. XISR is always 0: nothing is latched, what is pending shows in the sources.
   *
   * @throws ErrnoException EPERM for another register
   */
  @Override
  public OneReg getOneReg(Vcpu vcpu, long id) throws ErrnoException {
    vcpu.mutex.assertHeld();
    requireIcpState(id);
    XicsVcpu xc = (XicsVcpu) vcpu.presenter();
    xc.lifetime().check();
    Schedule.reads(xc);
    return OneReg.of(
        IcpStateWord.CPPR.of(xc.cppr)
            | IcpStateWord.MFRR.of(xc.mfrr)
            | IcpStateWord.PENDING_PRIORITY.of(NO_PENDING_PRIORITY));
  }

  /**
   * Writes ICP_STATE. CPPR is taken as it is; an interrupt that was presented is sent again, once
   * its source is there.
   *
   * @throws ErrnoException EPERM for another register; ENOENT if the VM has no controller any more,
   *     which a vCPU outlives that could not be connected; EIO while the vCPU is dispatched
   */
  @Override
  public void setOneReg(Vcpu vcpu, long id, OneReg value) throws ErrnoException {
    vcpu.mutex.assertHeld();
    requireIcpState(id);
    if (vm().irqchip() == null) {
      throw new ErrnoException(Errno.ENOENT, "the controller of " + vcpu + " is gone");
    }
    if (vcpu.isPushed()) {
      throw new ErrnoException(Errno.EIO, vcpu + " is dispatched");
    }
    XicsVcpu xc = (XicsVcpu) vcpu.presenter();
    xc.lifetime().check();
    int cppr = (int) IcpStateWord.CPPR.get(value.first());
    int mfrr = (int) IcpStateWord.MFRR.get(value.first());
    int xisr = (int) IcpStateWord.XISR.get(value.first());
    vcpu.setSavedState(OsRingWord.CPPR.set(vcpu.savedState(), cppr));
    Schedule.writes(xc);
    xc.hwCppr = cppr;
    xc.cppr = cppr;
    xc.mfrr = mfrr;
    if (mfrr < cppr) {
      xc.triggerVpIpi();
    }
    if (xisr > ICP_XISR_SPECIAL) {
      sources.restorePresented(xc, xisr);
    }
  }

  private static void requireIcpState(long id) throws ErrnoException {
    if (id != KvmUapi.KVM_REG_PPC_ICP_STATE) {
      throw new ErrnoException(Errno.EPERM, "not of a XICS: register 0x" + Long.toHexString(id));
    }
  }

  // ---- mmap

  @Override
  public void mmap(DeviceMapping mapping, long pageOffset, long pages) throws ErrnoException {
    throw new ErrnoException(Errno.ENODEV, "a XICS has no pages to map");
  }

  @Override
  public IoPage fault(long pageOffset) {
    throw new AssertionError("nothing of a XICS is mapped");
  }

  // ---- debugfs

  @Override
  protected void renderDebugfs(StringBuilder text) {
    long[] totals = new long[5];
    XiveDebugfs.appendVcpuTitle(text);
    for (Vcpu vcpu : vm().vcpus()) {
      if (vcpu.presenter() instanceof XicsVcpu xc) {
        appendVcpu(text, xc);
        XiveDebugfs.appendQueues(text, xc);
        Schedule.reads(xc);
        totals[0] += xc.statXirr;
        totals[1] += xc.statIpoll;
        totals[2] += xc.statCppr;
        totals[3] += xc.statEoi;
        totals[4] += xc.statIpi;
      }
    }
    text.append("Hcalls totals\n");
    String[] names = {"H_XIRR", "H_IPOLL", "H_CPPR", "H_EOI", "H_IPI"};
    for (int i = 0; i < names.length; i++) {
      // Radix guests make no call in real mode: R stays 0 in every kernel.
      text.append(String.format(Locale.ROOT, " %-7s R=%10d V=%10d\n", names[i], 0, totals[i]));
    }
    XiveDebugfs.appendSources(text, xive());
  }

  private void appendVcpu(StringBuilder text, XicsVcpu xc) {
    KernelVersion kernel = vm().kernel();
    if (kernel.isBefore(KernelVersion.V6)) {
      text.append("cpu server ");
      XiveDebugfs.appendHex(text, xc.serverNumber());
      if (!kernel.isBefore(KernelVersion.V55)) {
        XiveDebugfs.appendHex(text.append(" VP:"), xc.vpId());
      }
      text.append(' ');
    } else {
      text.append("VCPU ").append(xc.serverNumber()).append(": VP:");
      XiveDebugfs.appendHex(text, xc.vpId());
      text.append(String.format(Locale.ROOT, "/%02x\n    ", xc.vpChipId()));
    }
    Schedule.reads(xc);
    XiveDebugfs.appendHex(text.append("CPPR:"), xc.cppr);
    XiveDebugfs.appendHex(text.append(" HWCPPR:"), xc.hwCppr);
    XiveDebugfs.appendHex(text.append(" MFRR:"), xc.mfrr);
    XiveDebugfs.appendHex(text.append(" PEND:"), xc.pending);
    text.append(" h_xirr: R=0 V=").append(xc.statXirr).append('\n');
  }
}
