package org.xivebench.replay.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.SynchronizedHistogram;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Injection;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.replay.guest.RtasTokens;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.replay.vmm.RtasToken;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.TriggerObserver;
import org.xivebench.xive.Xive;

/**
 * A machine that runs: a thread for each vCPU with a guest's interrupt drivers on it, devices that
 * somebody drives from outside, and the books in which every interrupt is entered. The controller
 * may be swapped, and may go away, at any time; {@link #end} closes the books.
 *
 * <p>All methods but {@code end} may be called by any thread.
 */
public final class LiveMachine {
  /** Guest operations that a handler does beside the driver's: a place for swaps to fall into. */
  private static final int HANDLER_STEPS = 1;

  private static final long POLL_NANOS = 50_000;
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final LiveConfig config;
  private final Ledger ledger = new Ledger();
  private final Machine machine;
  private final Vm vm;
  private final Guest guest;
  private final Swapper swapper;
  private final List<VcpuThread> threads = new ArrayList<>();
  private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
  private final List<String> stuck = Collections.synchronizedList(new ArrayList<>());
  private final Histogram pauses = new SynchronizedHistogram(LONGEST_PAUSE_NANOS, 3);
  private final AtomicLong held = new AtomicLong();

  /**
   * What a machine came to.
   *
   * @param law what became of its interrupts
   * @param stuck what waited too long, by name
   * @param problems other findings, a line each
   */
  public record Result(Law law, List<String> stuck, List<String> problems) {
    /** Copies the lists. */
    public Result {
      stuck = List.copyOf(stuck);
      problems = List.copyOf(problems);
    }
  }

  private LiveMachine(LiveConfig config) throws ReplayException {
    this.config = config;
    List<Integer> servers = IntStream.range(0, config.vcpus()).boxed().toList();
    VmConfig vmConfig =
        config
            .vm()
            .withMemoryBytes(
                Math.max(config.vm().memoryBytes(), Guest.memoryBytes(config.vcpus())));
    Xive host = new Xive.Builder().singleEscalation(true).build();
    host.setTriggerObserver(ledger);
    try {
      machine =
          Machine.inKernel(
              new MachineConfig(
                  servers,
                  InterruptMap.of(config.vcpus(), boxed(lsis()), boxed(msis())),
                  InterruptMode.DUAL,
                  vmConfig,
                  Quirks.NONE),
              host);
    } catch (ErrnoException | IllegalArgumentException e) {
      throw new ReplayException("the machine cannot be made: " + e.getMessage(), e);
    }
    vm = machine.vm();
    guest =
        new Guest(
            vm,
            new RtasTokens(
                RtasToken.SET_XIVE.number(), RtasToken.INT_OFF.number(), RtasToken.INT_ON.number()),
            HANDLER_STEPS,
            this::service,
            ledger);
    for (int source : msis()) {
      guest.addSource(source, false);
      ledger.open(source, false);
    }
    for (int source : lsis()) {
      guest.addSource(source, true);
      ledger.open(source, true);
    }
    servers.forEach(ledger::openIpi);
    swapper = new Swapper(vm, machine.swapClient(guest), SwapObserver.NONE);
  }

  private static List<Integer> boxed(int[] numbers) {
    return Arrays.stream(numbers).boxed().toList();
  }

  /**
   * Makes a machine, and starts its vCPUs; each has come up and every source is routed, to one vCPU
   * after the other, when this returns.
   *
   * @param first the backend of its controller
   * @throws ReplayException if it cannot be made, or does not come up
   */
  public static LiveMachine start(LiveConfig config, DeviceType first) throws ReplayException {
    LiveMachine live = new LiveMachine(config);
    boolean up = false;
    try {
      live.comeUp(first);
      up = true;
      return live;
    } finally {
      if (!up) {
        live.stopVcpus();
      }
    }
  }

  private void comeUp(DeviceType first) throws ReplayException {
    try {
      SwapReport unusedFirst = swapper.swapTo(first);
    } catch (SwapException e) {
      throw new ReplayException("cannot start on " + first.name() + ": " + e.getMessage(), e);
    }
    for (int i = 0; i < vm.vcpus().size(); i++) {
      VcpuThread thread = new VcpuThread(i);
      threads.add(thread);
      thread.start();
    }
    List<GuestTask> tasks = new ArrayList<>(guest.bringUp());
    int server = 0;
    for (int source : sources()) {
      tasks.add(route(server, source, server));
      server = (server + 1) % config.vcpus();
    }
    for (GuestTask task : tasks) {
      if (!await(task::isDone)) {
        throw new ReplayException("the guest did not come up: it did not get to " + task, null);
      }
    }
  }

  private final class VcpuThread extends Thread {
    private final int index;

    VcpuThread(int index) {
      super(vm.vcpus().get(index).toString());
      this.index = index;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        boolean unusedEnded = vm.vcpus().get(index).run(guest.program(index), machine);
      } catch (RuntimeException | AssertionError e) {
        problems.add(getName() + " ended with " + describe(e));
      }
    }
  }

  /** Returns an exception as one line of text; it is not kept itself. */
  public static String describe(Throwable e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  // ---- what there is

  /** Returns the VM. */
  public Vm vm() {
    return vm;
  }

  /** Returns the VM with its VMM. */
  public Machine machine() {
    return machine;
  }

  /** Returns what changes the controller; tell {@link #swapped} of what it did. */
  public Swapper swapper() {
    return swapper;
  }

  /** Returns the numbers of the sources that are edges. */
  public int[] msis() {
    return config.msiNumbers();
  }

  /** Returns the numbers of the sources that are lines. */
  public int[] lsis() {
    return config.lsiNumbers();
  }

  private int[] sources() {
    return IntStream.concat(Arrays.stream(msis()), Arrays.stream(lsis())).toArray();
  }

  /** Returns whether the guest has masked a source. */
  public boolean isMasked(int source) {
    return guest.isMasked(source);
  }

  /** Returns whether the line of a source is up. */
  public boolean isAsserted(int source) {
    return guest.isAsserted(source);
  }

  /** Returns whether a vCPU thread has ended: the run is over then. */
  public boolean isBroken() {
    return threads.stream().anyMatch(thread -> !thread.isAlive());
  }

  /** Returns what was counted so far. */
  public Law law() {
    return Law.of(ledger, List.of());
  }

  /** Returns how long each swap has kept the vCPUs out. */
  public Histogram pauses() {
    return pauses.copy();
  }

  /** Returns how many interrupts were injected during swaps and flushed afterwards. */
  public long heldInterrupts() {
    return held.get();
  }

  /** Returns, for one source, how many of its triggers have not come to an end. */
  public long outstanding(int source) {
    Ledger.Account account = ledger.source(source);
    return account.triggered.get() - account.settled();
  }

  /** Returns how many IPIs to a server have not come to an end. */
  public long outstandingIpis(int server) {
    Ledger.Account account = ledger.ipi(server);
    return account.triggered.get() - account.settled();
  }

  // ---- what devices and others do

  /** A device sends its MSI. */
  public void trigger(int source) {
    ledger.triggered(source);
    try {
      int status = vm.irqLine(source, KvmUapi.KVM_INTERRUPT_SET);
      if (status != 0) {
        problems.add(hex(source) + " could not be injected: " + status);
      }
    } catch (ErrnoException e) {
      problems.add(hex(source) + " could not be injected: " + describe(e));
    }
  }

  /** The device of a line wants an interrupt; its line stays up until a handler serves it. */
  public void raise(int source) {
    vm.swapLock.lock();
    try {
      ledger.raised(source);
      drive(source, true);
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** The device of a line no longer wants an interrupt: only where the source is masked. */
  public void withdraw(int source) {
    vm.swapLock.lock();
    try {
      if (guest.isMasked(source)) {
        ledger.withdrawn(source);
        drive(source, false);
      }
    } finally {
      vm.swapLock.unlock();
    }
  }

  /** A handler reaches the device of a line; {@code Vm.swapLock} is held. */
  private void service(int source, int server) {
    ledger.serviced(source, server);
    drive(source, false);
  }

  private void drive(int source, boolean up) {
    if (guest.isAsserted(source) == up) {
      return;
    }
    guest.setAsserted(source, up);
    try {
      machine.driveLineLocked(machine.interrupts().source(source), up);
    } catch (ErrnoException e) {
      problems.add(hex(source) + " could not be driven: " + describe(e));
    }
  }

  /** A vCPU is to send an IPI. */
  public GuestTask sendIpi(int fromVcpu, int toServer) {
    return post(fromVcpu, GuestTask.sendIpi(toServer));
  }

  /** A vCPU is to route a source to a server, and unmask it. */
  public GuestTask route(int vcpu, int source, int server) {
    return post(vcpu, GuestTask.route(source, server));
  }

  /** A vCPU is to mask a source. */
  public GuestTask mask(int vcpu, int source) {
    return post(vcpu, GuestTask.mask(source));
  }

  private GuestTask post(int vcpu, GuestTask task) {
    guest.post(vcpu, task);
    return task;
  }

  /** A swap has been made. */
  public void swapped(SwapReport report) {
    pauses.recordValue(Math.min(report.pauseNanos(), LONGEST_PAUSE_NANOS));
    held.addAndGet(report.heldInterrupts());
    report.lostSources().forEach(ledger::stranded);
  }

  private static String hex(int source) {
    return "source 0x" + Integer.toHexString(source);
  }

  // ---- waiting

  /**
   * Waits for as long as interrupts get on.
   *
   * @return whether the condition holds
   */
  public boolean await(BooleanSupplier condition) {
    long patienceNanos = TimeUnit.MILLISECONDS.toNanos(config.stallMillis());
    long seen = ledger.progress();
    long sinceNanos = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (isBroken()) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
      long now = ledger.progress();
      if (now != seen) {
        seen = now;
        sinceNanos = System.nanoTime();
      } else if (System.nanoTime() - sinceNanos > patienceNanos) {
        return false;
      }
    }
    return true;
  }

  // ---- ending

  /**
   * Ends it: lets the guest handle what is under way, stops the vCPUs, and closes the books. Nobody
   * may inject or swap any more. Every wait is bounded.
   */
  public Result end() {
    if (!vm.isDetached() && !isBroken()) {
      drain();
    }
    stopVcpus();
    boolean quiet = threads.stream().noneMatch(Thread::isAlive) && vm.swapLock.owner() == null;
    InterruptState state = quiet ? capture() : null;
    List<Integer> waiting = vm.injection().held().stream().map(Injection.Held::irq).toList();
    List<Ledger.Balance> balances = ledger.close(state, waiting, guest::hasMessage);
    if (quiet) {
      machine.close();
    }
    vm.host().setTriggerObserver(TriggerObserver.NONE);
    vm.stuckReports().forEach(report -> stuck.add(report.toString()));
    if (ledger.refusals() > 0) {
      problems.addAll(ledger.refusalTexts());
      problems.add(ledger.refusals() + " calls of the guest were refused");
    }
    return new Result(Law.of(ledger, balances), stuck, problems);
  }

  private void drain() {
    if (!await(this::isIdle)) {
      nameWhatIsLeft();
    }
  }

  /** Returns whether every vCPU sleeps, and nothing waits but what the guest has masked. */
  public boolean isIdle() {
    return guest.isIdle()
        && ledger.ipis().values().stream().allMatch(Ledger.Account::isBalanced)
        && ledger.sources().entrySet().stream()
            .allMatch(entry -> entry.getValue().isBalanced() || guest.isMasked(entry.getKey()));
  }

  private void nameWhatIsLeft() {
    for (int source : sources()) {
      if (!ledger.source(source).isBalanced() && !guest.isMasked(source)) {
        stuck.add(hex(source) + " is not masked, but its handler does not run");
      }
    }
    for (int i = 0; i < config.vcpus(); i++) {
      GuestTask task = guest.firstTask(i);
      if (task != null) {
        stuck.add("vcpu" + i + " did not get to " + task);
      }
    }
  }

  private void stopVcpus() {
    vm.vcpus().forEach(Vcpu::stop);
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.stallMillis());
    for (VcpuThread thread : threads) {
      if (!Threads.joinUntil(thread, deadline)) {
        stuck.add(thread.getName() + " did not leave the guest");
      }
    }
  }

  /** Walks what the controller and the guest still hold, or what is kept of a controller. */
  private InterruptState capture() {
    DeviceFile file = machine.file();
    if (file == null) {
      return swapper.kept().orElse(null);
    }
    try {
      return file.device().deviceType().carrier().capture(vm, file, guest);
    } catch (ErrnoException | RuntimeException e) {
      problems.add("what the controller holds at the end cannot be read: " + describe(e));
      return null;
    }
  }
}
