package org.xivebench.kvm.release;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.Device;
import org.xivebench.sync.EntryGate;
import org.xivebench.sync.PointKind;
import org.xivebench.sync.Schedule;
import org.xivebench.sync.UseAfterFree;

/**
 * How a device is released: which steps, in which order, and how vCPUs that want to enter the guest
 * wait meanwhile. The four protocols are lists of the same steps; leaving one out ({@link
 * #without}) changes nothing else.
 *
 * <p>{@link #release} is entered with {@code Vm.lock} held, by the thread that dropped the last
 * reference, or by the swap. Nobody else can be inside the device because:
 *
 * <ul>
 *   <li>attribute calls, mmap, faults and connect hold a reference, and none is left;
 *   <li>creation, set_mapped and clr_mapped need {@code Vm.lock};
 *   <li>debugfs readers are gone when DEBUGFS_REMOVE returns, before the first thing is freed;
 *   <li>vCPUs are outside when DRAIN_VCPUS returns: hypercalls reach <em>other</em> vCPUs'
 *       presenters, so all must be out before the first is cleaned up;
 *   <li>injection is redirected, and its read sections waited for, by DRAIN_INJECTION: it has a
 *       pointer of its own, because clean-up still needs the device pointer;
 *   <li>one_reg calls take {@code Vcpu.mutex}, held around each clean-up.
 * </ul>
 *
 * <p>Clean-up comes before DETACH, because it reads the device pointer; before FREE_SOURCES,
 * because it walks the sources; and before FREE_VP_BLOCK, because the firmware refuses a block with
 * a VP enabled. REOPEN is after everything that is freed. What survives for re-use is the {@code
 * kvmppc_xive} structure, recycled by the next device of the type.
 *
 * <p>Source: Linux 6f868405faf0, and arch/powerpc/kvm/book3s_xive.c and book3s_xive_native.c from
 * v5.1 to v6.
 */
public final class ReleaseProtocol {
  /** How kernels since v5.4 clean a vCPU up. */
  private static final List<Step> VCPU_CLEAN_UP =
      Arrays.stream(Step.values()).filter(Step::isOfVcpuCleanUp).toList();

  /** How kernels did before v5.2: the VP first, and neither escalation nor CAM forgotten. */
  private static final List<Step> FIRST_VCPU_CLEAN_UP =
      List.of(
          Step.MASK_SOURCES,
          Step.MASK_VP_IPI,
          Step.DISABLE_VP,
          Step.FREE_ESCALATIONS,
          Step.DISABLE_QUEUES,
          Step.FREE_QUEUE_PAGES,
          Step.FREE_VP_IPI,
          Step.FREE_PRESENTER,
          Step.DETACH_VCPU);

  /** What holds outside the sequence, or qualifies its steps, in every protocol. */
  private static final Set<Step> ALWAYS =
      EnumSet.of(
          Step.FILE_REFERENCES,
          Step.VM_LOCK,
          Step.SOURCES_OFF,
          Step.RECYCLE,
          Step.ZERO_RECYCLED,
          Step.SWAP_STOP_VCPUS,
          Step.SWAP_HOLD_INJECTION,
          Step.SWAP_WAITING,
          Step.SWAP_IN_SERVICE,
          Step.SWAP_QUEUED,
          Step.SWAP_LEVEL,
          Step.SWAP_FLUSH);

  /** All paths excluded, the lock order respected. */
  public static final ReleaseProtocol GATED =
      new ReleaseProtocol(
          "gated",
          "the commit's exclusions with the lock order respected, and every path excluded",
          EntryPolicy.GATED,
          List.of(
              Step.CLEAR_MAPPING,
              Step.DEBUGFS_REMOVE,
              Step.GATE,
              Step.KICK,
              Step.DRAIN_VCPUS,
              Step.DRAIN_INJECTION,
              Step.CLEAN_UP_VCPUS,
              Step.DETACH,
              Step.FREE_SOURCES,
              Step.FREE_VP_BLOCK,
              Step.REOPEN,
              Step.FREE_DEVICE),
          VCPU_CLEAN_UP,
          true);

  /** Mainline since May 2019: {@code vcpu->mutex} alone keeps execution out. */
  public static final ReleaseProtocol VCPU_MUTEX =
      new ReleaseProtocol(
          "vcpu-mutex",
          "mainline since May 2019: no gate, vcpu->mutex alone keeps execution out",
          EntryPolicy.UNGATED,
          List.of(
              Step.CLEAR_MAPPING,
              Step.DEBUGFS_REMOVE,
              Step.CLEAN_UP_VCPUS,
              Step.DETACH,
              Step.FREE_SOURCES,
              Step.FREE_VP_BLOCK,
              Step.FREE_DEVICE),
          VCPU_CLEAN_UP,
          true);

  /** The commit, literally, with the locks of its day: deadlocks. */
  public static final ReleaseProtocol SEED =
      new ReleaseProtocol(
          "seed",
          "Linux 6f868405faf0, literally, with the locks of its day",
          EntryPolicy.WAITS_FOR_VM_LOCK,
          List.of(
              Step.DEBUGFS_REMOVE,
              Step.GATE,
              Step.KICK,
              Step.DRAIN_VCPUS,
              Step.CLEAN_UP_VCPUS,
              Step.DETACH,
              Step.FREE_SOURCES,
              Step.FREE_VP_BLOCK,
              Step.REOPEN,
              Step.FREE_DEVICE),
          FIRST_VCPU_CLEAN_UP,
          true);

  /** Before the commit. */
  public static final ReleaseProtocol UNPROTECTED =
      new ReleaseProtocol(
          "unprotected",
          "before Linux 6f868405faf0",
          EntryPolicy.UNGATED,
          List.of(
              Step.CLEAN_UP_VCPUS,
              Step.DEBUGFS_REMOVE,
              Step.DETACH,
              Step.FREE_SOURCES,
              Step.FREE_VP_BLOCK,
              Step.FREE_DEVICE),
          FIRST_VCPU_CLEAN_UP,
          false);

  private final String name;
  private final String description;
  private final EntryPolicy entry;
  private final List<Step> sequence;
  private final List<Step> vcpuCleanUp;
  private final Set<Step> present;

  private ReleaseProtocol(
      String name,
      String description,
      EntryPolicy entry,
      List<Step> sequence,
      List<Step> vcpuCleanUp,
      boolean vcpuMutex) {
    this(name, description, entry, sequence, vcpuCleanUp, presentIn(sequence, vcpuCleanUp));
    if (vcpuMutex) {
      present.add(Step.VCPU_MUTEX);
    }
  }

  private ReleaseProtocol(
      String name,
      String description,
      EntryPolicy entry,
      List<Step> sequence,
      List<Step> vcpuCleanUp,
      EnumSet<Step> present) {
    this.name = name;
    this.description = description;
    this.entry = entry;
    this.sequence = List.copyOf(sequence);
    this.vcpuCleanUp = List.copyOf(vcpuCleanUp);
    this.present = present;
  }

  private static EnumSet<Step> presentIn(List<Step> sequence, List<Step> vcpuCleanUp) {
    EnumSet<Step> present = EnumSet.copyOf(ALWAYS);
    present.addAll(sequence);
    present.addAll(vcpuCleanUp);
    return present;
  }

  /** Returns all protocols, the default first. */
  public static List<ReleaseProtocol> all() {
    return List.of(GATED, VCPU_MUTEX, SEED, UNPROTECTED);
  }

  /** Returns the protocol of that name. */
  public static Optional<ReleaseProtocol> named(String name) {
    return all().stream().filter(protocol -> protocol.name.equals(name)).findFirst();
  }

  /** Returns this protocol with steps left out. */
  public ReleaseProtocol without(Step... steps) {
    List<Step> out = Arrays.asList(steps);
    List<Step> left = new ArrayList<>(sequence);
    left.removeAll(out);
    List<Step> vcpuLeft = new ArrayList<>(vcpuCleanUp);
    vcpuLeft.removeAll(out);
    EnumSet<Step> stay = EnumSet.copyOf(present);
    stay.removeAll(out);
    return new ReleaseProtocol(name, description, entry, left, vcpuLeft, stay);
  }

  /**
   * Returns this protocol with a step more, at the place that it has in {@link #GATED}; this
   * protocol if it has the step.
   */
  public ReleaseProtocol with(Step step) {
    if (has(step)) {
      return this;
    }
    List<Step> longer = new ArrayList<>(sequence);
    List<Step> vcpuLonger = new ArrayList<>(vcpuCleanUp);
    if (step.isOfVcpuCleanUp()) {
      insert(step, vcpuLonger);
    } else if (GATED.sequence.contains(step)) {
      insert(step, longer);
    }
    EnumSet<Step> more = EnumSet.copyOf(present);
    more.add(step);
    return new ReleaseProtocol(name, description, entry, longer, vcpuLonger, more);
  }

  private static void insert(Step step, List<Step> order) {
    int at = 0;
    while (at < order.size() && order.get(at).compareTo(step) < 0) {
      at++;
    }
    order.add(at, step);
  }

  /**
   * Returns this protocol with a step moved to just before another. Nothing changes if the protocol
   * does not have both.
   *
   * @throws IllegalArgumentException unless both are moments of release, or both of cleaning up a
   *     vCPU
   */
  public ReleaseProtocol moving(Step step, Step before) {
    boolean ofVcpu = step.isOfVcpuCleanUp();
    boolean moments =
        ofVcpu
            ? before.isOfVcpuCleanUp()
            : GATED.sequence.contains(step) && GATED.sequence.contains(before);
    if (!moments || step == before) {
      throw new IllegalArgumentException(
          step.optionName() + " and " + before.optionName() + " are not moments of one sequence");
    }
    List<Step> order = new ArrayList<>(ofVcpu ? vcpuCleanUp : sequence);
    if (order.contains(before) && order.remove(step)) {
      order.add(order.indexOf(before), step);
    }
    return new ReleaseProtocol(
        name,
        description,
        entry,
        ofVcpu ? sequence : order,
        ofVcpu ? order : vcpuCleanUp,
        EnumSet.copyOf(present));
  }

  /**
   * Returns this protocol as kernels of an age had it: {@link #VCPU_MUTEX} before v5.4 freed
   * escalations after the VP (before Linux 237aed48c642) and kept the CAM word (8d4ba9c931bc). The
   * others are of one age each.
   */
  public ReleaseProtocol asOf(KernelVersion kernel) {
    return name.equals(VCPU_MUTEX.name) && kernel.isBefore(KernelVersion.V54)
        ? without(Step.CLEAR_CAM).moving(Step.DISABLE_VP, Step.FREE_ESCALATIONS)
        : this;
  }

  /** Returns the name by which users choose it. */
  public String name() {
    return name;
  }

  /** Returns what it is, in a line. */
  public String description() {
    return description;
  }

  /** Returns the steps that it has, in the order of {@link Step}. */
  public Set<Step> steps() {
    return EnumSet.copyOf(present);
  }

  /** Returns whether a safeguard or an action is part of it. */
  public boolean has(Step step) {
    return present.contains(step);
  }

  /** Returns the moments of release, in order. */
  public List<Step> sequence() {
    return sequence;
  }

  /** Returns the moments of cleaning up one vCPU, in order. */
  public List<Step> vcpuCleanUp() {
    return vcpuCleanUp;
  }

  /**
   * Takes a vCPU past the gate; returns when it is inside. {@code Vcpu.mutex} is held, before and
   * after.
   */
  public void enter(Vcpu vcpu) {
    entry.enter(vcpu);
  }

  /**
   * Releases a device. When a step of the device throws, the others are done all the same, so that
   * what they give back is not lost with it; only a use after free ends the release at once.
   *
   * @param observer is told before each step, for traces and measurements
   * @throws RuntimeException the first that a step threw; so with {@link Error}
   */
  public void release(Vm vm, Device device, ReleaseObserver observer) {
    boolean closed = false;
    RuntimeException broken = null;
    try {
      for (Step step : sequence) {
        Schedule.point(PointKind.STEP, step);
        observer.before(step);
        try {
          runRecorded(step, vm, device);
        } catch (UseAfterFree corruption) {
          throw corruption;
        } catch (RuntimeException failure) {
          broken = broken == null ? failure : broken;
        }
        closed = step == Step.GATE || (closed && step != Step.REOPEN);
      }
    } catch (RuntimeException | Error failure) {
      if (closed) {
        vm.gate().open(); // whatever is wrong with the device, the vCPUs must not wait for ever
      }
      throw failure;
    }
    if (broken != null) {
      throw broken;
    }
    observer.done();
  }

  private void runRecorded(Step step, Vm vm, Device device) {
    ReleaseStepEvent event = new ReleaseStepEvent();
    event.begin();
    run(step, vm, device);
    event.end();
    if (event.shouldCommit()) {
      event.vm = vm.toString();
      event.deviceType = device.deviceType().name();
      event.protocol = name;
      event.step = step.optionName();
      event.commit();
    }
  }

  private void run(Step step, Vm vm, Device device) {
    switch (step) {
      case CLEAR_MAPPING -> device.clearMapping();
      case DEBUGFS_REMOVE -> device.removeDebugfs();
      case GATE -> vm.gate().close();
      case KICK -> vm.kickAll();
      case DRAIN_VCPUS -> drainVcpus(vm);
      case DRAIN_INJECTION -> drainInjection(vm);
      case CLEAN_UP_VCPUS -> cleanUpVcpus(vm, device);
      case DETACH -> vm.retractIrqchip(device);
      case FREE_SOURCES -> device.freeSources();
      case FREE_VP_BLOCK -> device.freeVpBlock();
      case REOPEN -> {
        if (has(Step.GATE)) {
          vm.gate().open();
        }
      }
      case FREE_DEVICE -> device.free();
      default -> throw new AssertionError(step + " qualifies other steps");
    }
  }

  private void drainVcpus(Vm vm) {
    EntryGate gate = vm.gate();
    if (!gate.isClosed()) {
      return; // without GATE there is nothing to wait behind: vCPUs come and go
    }
    while (!gate.awaitOutside(vm.reportAfterNanos())) {
      vm.reportStuck("release", gate.inside());
    }
  }

  private static void drainInjection(Vm vm) {
    while (!vm.injection().hold(vm.reportAfterNanos())) {
      vm.reportStuck("release", "an injection inside the device");
    }
  }

  private void cleanUpVcpus(Vm vm, Device device) {
    RuntimeException broken = null;
    for (Vcpu vcpu : vm.vcpus()) {
      try {
        cleanUpVcpu(vm, device, vcpu);
      } catch (UseAfterFree corruption) {
        throw corruption;
      } catch (RuntimeException failure) {
        broken = broken == null ? failure : broken;
      }
    }
    if (broken != null) {
      throw broken;
    }
  }

  private void cleanUpVcpu(Vm vm, Device device, Vcpu vcpu) {
    if (!has(Step.VCPU_MUTEX)) {
      device.cleanUpVcpu(vcpu);
      return;
    }
    while (!vcpu.tryLockMutex(vm.reportAfterNanos())) {
      vm.reportStuck("release", vcpu.mutex + ", held by " + nameOf(vcpu.mutex.owner()));
    }
    try {
      device.cleanUpVcpu(vcpu);
    } finally {
      vcpu.unlockMutex();
    }
  }

  private static String nameOf(Thread owner) {
    return owner == null ? "nobody" : owner.getName();
  }

  @Override
  public String toString() {
    return name;
  }
}
