package org.xivebench.kvm.irqchip;

import com.google.errorprone.annotations.ForOverride;
import java.util.function.Consumer;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.debugfs.DebugfsFile;
import org.xivebench.kvm.device.Device;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.xive.CamWord;
import org.xivebench.xive.EasWord;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.Opal;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/**
 * What the kernel's {@code book3s_xive.c} does for both devices: creation, injection, pass-through,
 * and the steps of release. A backend adds its attributes, its connection of vCPUs and its guest's
 * calls.
 *
 * <p>The object is the kernel's {@code kvm_device}, freed as the last step of release; its state is
 * in {@link #xive}, which outlives it. Of a freed device every call is a use after free.
 */
public abstract class XiveDevice implements Device {
  /** Priority at which the host takes its own interrupts. */
  private static final int HOST_PRIORITY = 6;

  private final DeviceType type;
  private final Vm vm;
  private final KvmXive xive;
  private final HostXive host;
  private final Lifetime lifetime;
  private volatile DebugfsFile debugfsFile;

  /**
   * Makes the device's state as if just allocated. {@code Vm.lock} is held, and the VM has no
   * controller: see {@link #requireNoIrqchip}.
   */
  protected XiveDevice(DeviceType type, Vm vm) {
    this.type = type;
    this.vm = vm;
    this.xive = KvmXive.get(vm, type.type());
    this.host = xive.host();
    this.lifetime = new Lifetime(() -> "kvm_device " + type.opsName() + " of " + vm);
  }

  /**
   * The first check of create, before anything is recycled.
   *
   * @throws ErrnoException EEXIST if the VM has a controller
   */
  protected static void requireNoIrqchip(Vm vm) throws ErrnoException {
    if (vm.irqchip() != null) {
      throw new ErrnoException(Errno.EEXIST, "the VM has an interrupt controller");
    }
  }

  /**
   * The last step of create: the VM gets this controller. Kernels before v5.5 allocate the VPs
   * here; before Linux e7d71c943040, too late to take the controller back when there are none: it
   * stays for ever.
   *
   * @param vpErrno what it is then
   * @throws ErrnoException with that number
   */
  protected final void publish(Errno vpErrno) throws ErrnoException {
    boolean early = !vm.has(KernelFix.LATE_PUBLISH);
    if (early) {
      vm.publishIrqchip(this);
    }
    if (!vm.has(KernelFix.VP_BLOCK_SIZE)) {
      xive.allocateVpBlock(vpErrno);
    }
    if (!early) {
      vm.publishIrqchip(this);
    }
  }

  // ---- what it is

  @Override
  public final DeviceType deviceType() {
    return type;
  }

  /** Returns the VM. */
  public final Vm vm() {
    return vm;
  }

  /** Returns the device's state. */
  public final KvmXive xive() {
    lifetime.check();
    return xive;
  }

  /** Returns the host's XIVE. */
  protected final HostXive host() {
    return host;
  }

  /** First line of every call that comes through a descriptor. */
  protected final void checkLive() {
    lifetime.check();
  }

  // ---- debugfs

  @Override
  public final void init() {
    String path =
        vm.kernel().isBefore(KernelVersion.V6)
            ? "powerpc/kvm-xive-" + Integer.toHexString(vm.lpid())
            : vm.debugfsFolder() + "/xive";
    Schedule.writes(this);
    debugfsFile = vm.debugfs().create(path, this::renderDebugfs);
  }

  /** Writes the text of the debugfs file. Takes no lock but {@code sb->lock}. */
  protected abstract void renderDebugfs(StringBuilder text);

  @Override
  public final void removeDebugfs() {
    Schedule.reads(this);
    while (!debugfsFile.remove(vm.reportAfterNanos())) {
      vm.reportStuck("release", "a reader of " + debugfsFile);
    }
  }

  // ---- connect

  /**
   * Asks the firmware about a presenter's VP.
   *
   * @return its CAM, without the valid bit
   * @throws ErrnoException EIO if the firmware does not know the VP
   */
  protected final int loadVpInfo(XiveVcpu xc) throws ErrnoException {
    Opal.VpInfo info = host.vpInfo(xc.vpId());
    xc.setVpChipId(info.chip());
    return info.cam();
  }

  /** From now on entry pushes the VP: the last step of connecting it. */
  protected static final void loadContext(Vcpu vcpu, int vpCam) {
    vcpu.setSavedState(Vcpu.INITIAL_SAVED_STATE);
    vcpu.setCamWord(vpCam | CamWord.VO.mask());
  }

  // ---- injection

  @Override
  public final void setIrq(int irq, int level) throws ErrnoException {
    SourceState state = validSource(irq);
    Schedule.writes(state); // the level
    if (state.ptNumber != 0) {
      throw new ErrnoException(Errno.EINVAL, state + " is passed through");
    }
    if ((level == 1 && state.lsi) || level == KvmUapi.KVM_INTERRUPT_SET_LEVEL) {
      state.asserted = true;
    } else if (level == 0 || level == KvmUapi.KVM_INTERRUPT_UNSET) {
      state.asserted = false;
      return;
    }
    state.ipiData.trigger();
  }

  private SourceState validSource(int irq) throws ErrnoException {
    SourceBlock block = xive.block(irq);
    SourceState state = block == null ? null : block.state(irq);
    Schedule.reads(state);
    if (state == null || !state.valid) {
      throw new ErrnoException(Errno.EINVAL, "no source, irq=0x" + Integer.toHexString(irq));
    }
    return state;
  }

  // ---- pass-through

  /**
   * Takes the pages of a source away from the guest, whose next access finds those that count now.
   * {@code sb->lock} is held. Nothing where the guest has no pages.
   */
  @ForOverride
  protected void resetMapped(int guestIrq) {}

  /** Returns what the guest wants to find in its queue for a source. */
  @ForOverride
  protected abstract int endData(SourceState state);

  @Override
  public final void setMapped(int guestIrq, int hostIrq) throws ErrnoException {
    vm.lock.assertHeld();
    lifetime.check();
    EsbSource hostSource = hostSource(hostIrq);
    SourceState state = validSource(guestIrq);
    if (state.ptNumber != 0) {
      throw new ErrnoException(Errno.EINVAL, state + " is passed through already");
    }
    SourceBlock block = state.block();

    // The host side: from now on the host does not handle it; what was on its way stays in PQ.
    long hostPq = hostSource.loadManagement(EsbOffset.SET_PQ_10);
    int priority = block.lockAndMask(state);
    boolean routed = false;
    try {
      routed = routeAsSource(hostIrq, state);
      boolean hostPending = (hostPq & Pq.P) != 0;
      if (hostPending) {
        hostSource.loadManagement(EsbOffset.SET_PQ_11);
      }
      long guestPq = state.ipiData.loadManagement(EsbOffset.SET_PQ_01);
      resetMapped(guestIrq);
      Schedule.writes(state);
      // Nobody ends what the host has not requested.
      state.ptSavedP = hostPending && host.hardware().isHostIrq(hostIrq);
      state.ptData = hostSource;
      state.ptNumber = hostIrq;
      takePqOver(state, priority, guestPq, hostSource);
      Schedule.writes(state);
      state.guestPriority = priority;
    } finally {
      if (!routed) {
        goOn(hostSource, hostPq);
        unmaskAsItWas(state, priority);
      }
      block.unlock();
    }
  }

  /**
   * Routes a hardware interrupt to where the guest's source is routed.
   *
   * @return true
   * @throws ErrnoException ENXIO if the firmware refuses. Kernels before v6 do not look, and wait
   *     for events that never come
   */
  private boolean routeAsSource(int hwIrq, SourceState state) throws ErrnoException {
    try {
      host.configureIrq(hwIrq, xive.vpOf(state.actServer), state.actPriority, endData(state));
    } catch (ErrnoException refused) {
      if (mended()) {
        throw refused;
      }
    }
    return true;
  }

  /** Whether the page that a guest gets goes on with the P and Q of the one that it had. */
  private boolean mended() {
    return !vm.kernel().isBefore(KernelVersion.V6);
  }

  /**
   * The host's interrupt takes the place of the source's own: its P and Q become what the guest
   * expects. Its P is set, and its Q, if an event of it waits. Kernels look at {@code oldP} only.
   *
   * @param priority the guest's, {@link SourceState#MASKED} if it was masked already
   * @param guestPq P and Q of the source's own interrupt
   */
  @ForOverride
  protected void takePqOver(SourceState state, int priority, long guestPq, EsbSource hostSource) {
    boolean masked = priority == SourceState.MASKED;
    if (mended()) {
      boolean isMore = (guestPq & Pq.Q) != 0 || (!masked && state.oldP && state.oldQ);
      if (isMore) {
        hostSource.loadManagement(EsbOffset.SET_PQ_11);
      }
    }
    if (!masked && !state.oldP) {
      xive.sourceEoi(hostSource);
    }
    if (!masked || !mended()) {
      state.oldP = false;
      state.oldQ = false;
    }
  }

  @Override
  public final void clrMapped(int guestIrq, int hostIrq) throws ErrnoException {
    vm.lock.assertHeld();
    lifetime.check();
    SourceState state = validSource(guestIrq);
    if (state.ptNumber == 0) {
      throw new ErrnoException(Errno.ENODEV, state + " is not passed through");
    }
    if (state.ptNumber != hostIrq) {
      throw new ErrnoException(Errno.EINVAL, state + " is another one that is passed through");
    }
    SourceBlock block = state.block();
    int priority = block.lockAndMask(state);
    if (!vm.has(KernelFix.CLR_MAPPED_UNDO)) {
      // When the host refuses, kernels return from here: sb->lock held, the source masked.
      host.configureIrq(hostIrq, Xive.HOST_VP, HOST_PRIORITY, hostIrq);
    }
    EsbSource hostSource = state.ptData;
    // What comes from now on waits in Q, and is the host's.
    long hostPq = hostSource.loadManagement(EsbOffset.SET_PQ_10);
    boolean given = false;
    try {
      // First what may be refused: the source's own interrupt, which is off, gets the route, and
      // then the host's own handler gets the other again.
      boolean unusedRouted = routeAsSource(state.ipiNumber, state);
      host.configureIrq(hostIrq, Xive.HOST_VP, HOST_PRIORITY, hostIrq);
      given = true;
      Schedule.writes(state);
      state.ptNumber = 0;
      state.ptData = null;
      resetMapped(guestIrq);
      givePqBack(state, priority, hostPq, hostSource);
      if (!state.ptSavedP) {
        xive.sourceEoi(hostSource);
      }
      Schedule.writes(state);
      state.guestPriority = priority;
    } finally {
      if (!given) {
        if (priority == SourceState.MASKED) {
          goOn(hostSource, hostPq);
        } else if ((hostPq & Pq.Q) != 0) {
          hostSource.loadManagement(EsbOffset.SET_PQ_11); // it came after the mask
        }
        unmaskAsItWas(state, priority);
      }
      block.unlock();
    }
  }

  /** A pass-through was refused: the source goes on with the interrupt that it has. */
  private void unmaskAsItWas(SourceState state, int priority) {
    if (priority != SourceState.MASKED) {
      xive.finishUnmask(state, priority);
    }
    Schedule.writes(state);
    state.guestPriority = priority;
  }

  /** A source whose P was set for a while goes on with the P and Q that it had, and what came. */
  private static void goOn(EsbSource source, long pq) {
    long since = source.loadManagement(EsbOffset.SET_PQ_00 + ((int) pq << 8));
    boolean came = (since & Pq.Q) != 0 && pq != Pq.QUEUED && pq != Pq.OFF;
    if (came) {
      source.trigger();
    }
  }

  /**
   * The source's own interrupt takes the place of the host's again: its P and Q become what the
   * guest expects. Kernels have the host's interrupt sent again, to the host, if the guest has not
   * ended it; since v6 it is the guest's alone.
   *
   * @param priority the guest's, {@link SourceState#MASKED} if it was masked already
   * @param hostPq P and Q of the host's interrupt, whose P is set now, and whose Q is what came
   *     since
   */
  @ForOverride
  protected void givePqBack(SourceState state, int priority, long hostPq, EsbSource hostSource) {
    boolean masked = priority == SourceState.MASKED;
    int guestPq = masked || state.oldP ? Pq.PENDING : Pq.RESET;
    if (mended()) {
      boolean isMore = masked ? (hostPq & Pq.Q) != 0 : state.oldP && state.oldQ;
      guestPq = isMore ? Pq.QUEUED : guestPq;
      if (!masked && (hostPq & Pq.Q) != 0) {
        hostSource.loadManagement(EsbOffset.SET_PQ_11); // it came after the mask
      }
    } else if (state.oldP) {
      hostSource.loadManagement(EsbOffset.SET_PQ_11);
    }
    state.ipiData.loadManagement(EsbOffset.SET_PQ_00 + (guestPq << 8));
  }

  private EsbSource hostSource(int hostIrq) throws ErrnoException {
    try {
      return host.hardware().source(hostIrq);
    } catch (IllegalArgumentException e) {
      throw new ErrnoException(Errno.EIO, "no host interrupt 0x" + Integer.toHexString(hostIrq));
    }
  }

  // ---- sources

  /** Does something to every source of the guest, under its {@code sb->lock}. */
  protected final void forEachValidSource(Consumer<SourceState> action) {
    for (int id = 0; id <= xive.maxBlockId(); id++) {
      SourceBlock block = xive.blockById(id);
      if (block == null) {
        continue;
      }
      block.lock();
      try {
        for (SourceState state : block.states()) {
          if (state.valid) {
            action.accept(state);
          }
        }
      } finally {
        block.unlock();
      }
    }
  }

  /** Turns a source off and routes it nowhere, in hardware. {@code sb->lock} is held. */
  protected final void maskInHardware(SourceState state) {
    state.ipiData.loadManagement(EsbOffset.SET_PQ_01);
    host.maskIrq(state.ipiNumber);
    if (state.ptNumber != 0) {
      state.ptData.loadManagement(EsbOffset.SET_PQ_01);
      host.maskIrq(state.ptNumber);
    }
  }

  // ---- vCPU clean-up

  /**
   * Turns off every source that is routed to a vCPU. With the masking of its escalation this is
   * {@code kvmppc_xive_disable_vcpu_interrupts}.
   */
  protected final void maskSourcesOf(XiveVcpu xc) {
    int server = xc.serverNumber();
    forEachValidSource(
        state -> {
          Schedule.writes(state);
          if (state.actPriority != SourceState.MASKED && state.actServer == server) {
            state.actPriority = SourceState.MASKED;
            maskInHardware(state);
          }
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>Entered with {@code Vcpu.mutex} held, if the protocol has that; nobody else is inside the
   * device. First nothing may be routed to the VP any more, then the escalations go while their END
   * still answers, then the VP, then the ENDs, and only then the pages that they wrote to. The VP's
   * block stays for the last step of release.
   */
  @Override
  public final void cleanUpVcpu(Vcpu vcpu) {
    XiveVcpu xc = XiveVcpu.of(vcpu);
    if (xc == null || vcpu.irqType() != type.irqType()) {
      return;
    }
    if (vm.irqchip() == null) {
      // As in kernels, which take the device's state from there.
      throw new AssertionError("null pointer: kvm->arch.xive in the clean-up of " + vcpu);
    }
    xc.invalidate();
    for (Step step : vm.protocol().vcpuCleanUp()) {
      cleanUp(step, vcpu, xc);
    }
    if (xc.hasEscalation()) {
      Invariants.broken("I12", "an escalation of " + vcpu + " is left after its clean-up");
    }
  }

  private void cleanUp(Step step, Vcpu vcpu, XiveVcpu xc) {
    switch (step) {
      case MASK_SOURCES -> maskSourcesOf(xc);
      case CLEAR_ESCALATION -> Escalations.mask(vcpu);
      case MASK_VP_IPI -> maskVpIpi(xc);
      case FREE_ESCALATIONS -> {
        for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
          Escalations.free(xc, priority, vm.has(KernelFix.STALE_P));
        }
      }
      case DISABLE_VP -> host.disableVp(xc.vpId());
      case CLEAR_CAM -> vcpu.setCamWord(0);
      case DISABLE_QUEUES -> {
        for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
          host.disableQueue(xc.vpId(), priority);
        }
      }
      case FREE_QUEUE_PAGES -> {
        for (int priority = 0; priority < XiveQueue.COUNT; priority++) {
          freeQueuePage(xc, priority);
        }
      }
      case FREE_VP_IPI -> freeVpIpi(xc);
      case FREE_PRESENTER -> {
        if (vcpu.isPushed()) {
          Invariants.broken("I1", xc + " is freed while its context is in a TIMA");
        }
        xc.lifetime().free("vCPU clean-up");
      }
      case DETACH_VCPU -> {
        vcpu.setIrqType(IrqType.DEFAULT);
        vcpu.setPresenter(null);
      }
      default -> throw new AssertionError(step + " is no moment of cleaning up a vCPU");
    }
  }

  /** Turns off the interrupt that tells a XICS guest's IPIs. */
  @ForOverride
  protected void maskVpIpi(XiveVcpu xc) {}

  /** Frees the interrupt that tells a XICS guest's IPIs. */
  @ForOverride
  protected void freeVpIpi(XiveVcpu xc) {}

  /** Frees the page of a queue, whose END must have been disabled. */
  protected final void freeQueuePage(XiveVcpu xc, int priority) {
    XiveQueue queue = xc.queue(priority);
    QueuePage page = queue.qpage();
    if (page == null) {
      return;
    }
    if (host.hardware().queueOf(xc.vpId(), priority) == page) {
      Invariants.broken("I2", page + " is freed while its END still writes there");
    }
    page.free("queue clean-up");
    queue.setQpage(null);
  }

  // ---- the other steps of release

  @Override
  public void clearMapping() {}

  /**
   * {@inheritDoc}
   *
   * <p>No lock is taken: attribute calls, which would make sources, are gone, and injection finds
   * no device, or has been waited for. Interrupts that are passed through stay the host's.
   */
  @Override
  public final void freeSources() {
    for (int id = 0; id <= xive.maxBlockId(); id++) {
      SourceBlock block = xive.blockById(id);
      if (block != null) {
        for (SourceState state : block.states()) {
          if (state.valid) {
            freeSource(state);
          }
        }
        block.lifetime().free("release");
        xive.forgetBlock(id);
      }
    }
  }

  private void freeSource(SourceState state) {
    if (vm.protocol().has(Step.SOURCES_OFF)) {
      maskInHardware(state);
    }
    if (state.ipiData.pq() != Pq.OFF || EasWord.isOpen(state.ipiData.eas())) {
      Invariants.broken("I4", "the interrupt of " + state + " is freed while it is on");
    }
    if (state.ptNumber != 0 && !vm.has(KernelFix.HOST_IRQ_DATA)) {
      state.ptData.lifetime().free("free_sources");
    }
    // Frees the mapping too: a trigger from now on is a use after free.
    host.freeIrq(state.ipiNumber);
    Schedule.point(PointKind.WRITE, state);
    state.valid = false;
  }

  @Override
  public final void freeVpBlock() {
    if (xive.vpBase() != HostXive.INVALID_VP) {
      if (xive.hasEndInUse()) {
        Invariants.broken("I3", "VPs are freed while an END of theirs is in use");
      }
      // Refused while a VP is enabled: then the block is lost, as in the kernel, which warns.
      if (!host.freeVpBlock(xive.vpBase())) {
        Invariants.broken("I3", "the firmware keeps the block of VPs: one is enabled");
      }
    }
  }

  /** Returns whether the device still has a pointer to the address space of its file. */
  @ForOverride
  protected boolean keepsAddressSpace() {
    return false;
  }

  @Override
  public final void free() {
    if (keepsAddressSpace()) {
      Invariants.broken("mapping", this + " keeps the address space of a file that is closed");
    }
    lifetime.free("release");
    xive.release();
  }

  @Override
  public final String toString() {
    return lifetime.toString();
  }
}
