package org.xivebench.replay.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.xive.EsbOffset;

/**
 * The paths into the devices of a machine whose interrupts are accounted for. Everything here is
 * what a VMM, its devices or the host's administrator may do while a guest runs, and none of it
 * changes what becomes of an interrupt.
 */
final class LivePaths {
  private static final long SHORT_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long SWAP_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

  /** Triggers of one source that may be under way; more would coalesce. */
  private static final int MOST_OUTSTANDING = 4;

  private static final int PRIORITY = 6;
  private static final int TIMA_PAGES = 4;
  private static final int OS_VIEW = 2;
  private static final int ESB_PAGE_OFFSET = 4;

  private final LiveMachine live;
  private final Vm vm;
  private final Supplier<List<DeviceType>> backends;

  /** What each vCPU was last told to send, and to configure. By the thread of the path. */
  private final GuestTask[] sends;

  private GuestTask configuration;

  /**
   * @param backends those that are there at the time
   */
  LivePaths(LiveMachine live, Supplier<List<DeviceType>> backends) {
    this.live = live;
    this.vm = live.vm();
    this.backends = backends;
    this.sends = new GuestTask[vm.vcpus().size()];
  }

  /** The paths but for {@link #swaps}. */
  List<SoakPath> all() {
    return List.of(
        new SoakPath("MSI injection", SHORT_PAUSE_NANOS, this::inject),
        new SoakPath("irqfd injection", SHORT_PAUSE_NANOS, this::inject),
        new SoakPath("lines", PAUSE_NANOS, this::raise),
        new SoakPath("IPIs", SHORT_PAUSE_NANOS, this::sendIpi),
        new SoakPath("routing and masking", PAUSE_NANOS, this::configure),
        new SoakPath("kicks", PAUSE_NANOS, random -> vcpu(random).kick()),
        new SoakPath("one_reg", PAUSE_NANOS, this::readRegister),
        new SoakPath("connect", PAUSE_NANOS, this::connectAgain),
        new SoakPath("attributes", PAUSE_NANOS, this::attributes),
        new SoakPath("mmap and faults", PAUSE_NANOS, this::map),
        new SoakPath("debugfs", PAUSE_NANOS, this::readDebugfs),
        new SoakPath("creation", PAUSE_NANOS, this::create));
  }

  /** Swaps, and now and then a time without a controller. */
  SoakPath swaps() {
    return new SoakPath("swaps", SWAP_PAUSE_NANOS, this::swap);
  }

  private static <T> T any(List<T> list, SplittableRandom random) {
    return list.get(random.nextInt(list.size()));
  }

  private Vcpu vcpu(SplittableRandom random) {
    return any(vm.vcpus(), random);
  }

  // ---- devices and guest

  private void inject(SplittableRandom random) {
    int source = any(live.msis(), random);
    if (live.outstanding(source) < MOST_OUTSTANDING) {
      live.trigger(source);
    }
  }

  private void raise(SplittableRandom random) {
    if (live.lsis().isEmpty()) {
      return;
    }
    int source = any(live.lsis(), random);
    if (random.nextInt(4) == 0) {
      live.withdraw(source);
    } else {
      live.raise(source);
    }
  }

  private void sendIpi(SplittableRandom random) {
    int from = random.nextInt(sends.length);
    if (sends[from] == null || sends[from].isDone()) {
      sends[from] = live.sendIpi(from, random.nextInt(sends.length));
    }
  }

  private void configure(SplittableRandom random) {
    if (configuration != null && !configuration.isDone()) {
      return;
    }
    List<Integer> sources = new ArrayList<>(live.msis());
    sources.addAll(live.lsis());
    int source = any(sources, random);
    int on = random.nextInt(sends.length);
    configuration =
        !live.isMasked(source) && random.nextInt(3) == 0
            ? live.mask(on, source)
            : live.route(on, source, random.nextInt(sends.length));
  }

  // ---- the VMM

  private void readRegister(SplittableRandom random) throws ErrnoException {
    Vcpu vcpu = vcpu(random);
    long register =
        vcpu.irqType() == IrqType.XICS
            ? KvmUapi.KVM_REG_PPC_ICP_STATE
            : KvmUapi.KVM_REG_PPC_VP_STATE;
    var unusedValue = vcpu.getOneReg(register);
  }

  private void connectAgain(SplittableRandom random) throws ErrnoException {
    DeviceFile file = live.machine().file();
    if (file != null) {
      Vcpu vcpu = vcpu(random);
      file.connect(vcpu, file.device().deviceType().connectCapability(), vcpu.id());
      throw new AssertionError(vcpu + " was connected twice");
    }
  }

  private void attributes(SplittableRandom random) throws ErrnoException {
    DeviceFile file = live.machine().file();
    if (file == null) {
      return;
    }
    int source = any(live.msis(), random);
    if (file.device().deviceType().irqType() == IrqType.XICS) {
      // Reading a source is for a VM that is stopped: it masks all sources to save them.
      file.hasAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, source);
      return;
    }
    switch (random.nextInt(3)) {
      case 0 ->
          file.getAttr(
              XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG,
              EqIdWord.of(vcpu(random).id(), PRIORITY),
              EqConfig.fresh(0, 0).toBuffer());
      case 1 ->
          file.setAttr(
              XiveUapi.KVM_DEV_XIVE_GRP_CTRL,
              XiveUapi.KVM_DEV_XIVE_EQ_SYNC,
              UserBuffer.unreadable());
      default ->
          file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_SYNC, source, UserBuffer.unreadable());
    }
  }

  /** May drop the last reference, and then releases the device that a swap is done with. */
  private void map(SplittableRandom random) throws ErrnoException {
    DeviceFile file = live.machine().file();
    if (file == null) {
      return;
    }
    if (random.nextBoolean()) {
      try (DeviceMapping tima = file.mmap(0, TIMA_PAGES)) {
        IoPage unusedPage = tima.page(OS_VIEW);
      }
      return;
    }
    int source = any(live.msis(), random);
    try (DeviceMapping esb = file.mmap(ESB_PAGE_OFFSET, 2L * (source + 1))) {
      IoPage management = esb.page(2 * source + 1);
      if (management != null) {
        long unusedPq = management.load(vcpu(random), EsbOffset.GET, Long.BYTES);
      }
    }
  }

  private void readDebugfs(SplittableRandom random) throws ErrnoException {
    for (String path : vm.debugfs().paths()) {
      String unusedText = vm.debugfs().open(path).read();
    }
  }

  /** Refused, but for the times without a controller. As a VMM, with its own lock. */
  private void create(SplittableRandom random) throws ErrnoException {
    DeviceType type = any(backends.get(), random);
    vm.swapLock.lock();
    try {
      vm.createDevice(type).close();
    } finally {
      vm.swapLock.unlock();
    }
  }

  private void swap(SplittableRandom random) throws SwapException {
    if (random.nextInt(8) == 0) {
      live.swapped(live.swapper().detach());
    }
    live.swapped(live.swapper().swapTo(any(backends.get(), random)));
  }
}
