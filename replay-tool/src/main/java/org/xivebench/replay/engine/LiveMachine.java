package org.xivebench.replay.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Injection;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.xive.TriggerObserver;

/**
 * A machine that runs without a trace: vCPUs with a guest's interrupt drivers on them, devices that
 * somebody drives from outside, and the books in which every interrupt is entered. The controller
 * may be swapped, and may go away, at any time. One that was {@link #start}ed has a thread for each
 * vCPU, and {@link #end}s; of one that was {@link #prepare}d the caller's threads run the vCPUs,
 * and {@link #close} closes the books.
 *
 * <p>All methods but {@code end} and {@code close} may be called by any thread.
 */
public final class LiveMachine {
  private final LiveConfig config;
  private final Ledger ledger = new Ledger();
  private final Findings findings = new Findings();
  private final ReplayMachine machine;
  private final Vm vm;
  private final Guest guest;
  private final Patience patience;
  private final SwapFigures figures = new SwapFigures();

  /**
   * What a machine came to.
   *
   * @param law what became of its interrupts
   * @param stuck what waited too long, by name
   * @param problems other findings, a line each
   */
  public record Result(Law law, List<String> stuck, List<String> problems) {}

  private LiveMachine(LiveConfig config, DeviceType first) throws ReplayException {
    this.config = config;
    this.machine =
        new ReplayMachine(config.header(), config.options(first), ledger, ledger, ledger, findings);
    this.vm = machine.vm();
    this.guest = machine.guest();
    this.patience = new Patience(ledger::progress, findings::isFailed, config.stallMillis());
  }

  /**
   * Makes a machine, and starts its vCPUs; each has come up and every source is routed, to one vCPU
   * after the other, when this returns.
   *
   * @param first the backend of its controller
   * @throws ReplayException if it cannot be made, or does not come up
   */
  public static LiveMachine start(LiveConfig config, DeviceType first) throws ReplayException {
    LiveMachine live = new LiveMachine(config, first);
    boolean up = false;
    try {
      live.comeUp(first);
      up = true;
      return live;
    } finally {
      if (!up) {
        live.machine.stopVcpus(live.patience);
      }
    }
  }

  /**
   * Makes a machine that has come up as a {@link #start}ed one has, without threads: call {@link
   * #run} or {@link #runUntilIdle} for each vCPU.
   *
   * @param first the backend of its controller
   * @throws ReplayException if it cannot be made, or does not come up
   */
  public static LiveMachine prepare(LiveConfig config, DeviceType first) throws ReplayException {
    LiveMachine live = new LiveMachine(config, first);
    live.connect(first);
    List<GuestTask> tasks = live.postComingUp();
    for (int vcpu = 0; vcpu < config.vcpus(); vcpu++) {
      live.runUntilIdle(vcpu);
    }
    for (GuestTask task : tasks) {
      live.checkUp(task.isDone(), task);
    }
    return live;
  }

  private void comeUp(DeviceType first) throws ReplayException {
    connect(first);
    machine.startVcpus();
    for (GuestTask task : postComingUp()) {
      checkUp(await(task::isDone) && !isBroken(), task);
    }
  }

  private void connect(DeviceType first) throws ReplayException {
    try {
      SwapReport unusedFirst = swapper().swapTo(first);
    } catch (SwapException e) {
      throw new ReplayException("cannot start on " + first.name() + ": " + e.getMessage(), e);
    }
  }

  /** Every vCPU is to come up, and every source to be routed, to one after the other. */
  private List<GuestTask> postComingUp() {
    List<GuestTask> tasks = new ArrayList<>(guest.bringUp());
    int server = 0;
    for (int source : Stream.concat(msis().stream(), lsis().stream()).toList()) {
      tasks.add(route(server, source, server));
      server = (server + 1) % config.vcpus();
    }
    return tasks;
  }

  private void checkUp(boolean done, GuestTask task) throws ReplayException {
    if (!done) {
      throw new ReplayException("the guest did not come up: " + task + " was not done", null);
    }
  }

  // ---- vCPUs, where the caller runs them

  /** Runs a vCPU on the calling thread until it is stopped. */
  public void run(int vcpu) {
    boolean unusedEnded = vm.vcpus().get(vcpu).run(guest.program(vcpu), machine.machine());
  }

  /** Runs a vCPU on the calling thread until it has nothing to do, or is stopped. */
  public void runUntilIdle(int vcpu) {
    boolean unusedEnded = vm.vcpus().get(vcpu).run(guest.programUntilIdle(vcpu), machine.machine());
  }

  // ---- what there is

  /** Returns the VM. */
  public Vm vm() {
    return vm;
  }

  /** Returns the VM with its VMM. */
  public Machine machine() {
    return machine.machine();
  }

  /** Returns what changes the controller; tell {@link #swapped} of what it did. */
  public Swapper swapper() {
    return machine.swapper();
  }

  /** Returns the numbers of the sources that are edges. */
  public List<Integer> msis() {
    return config.msiNumbers();
  }

  /** Returns the numbers of the sources that are lines. */
  public List<Integer> lsis() {
    return config.lsiNumbers();
  }

  /** Returns whether the guest has masked a source. */
  public boolean isMasked(int source) {
    return guest.isMasked(source);
  }

  /** Returns whether the run is over because of what was found, such as a vCPU that has ended. */
  public boolean isBroken() {
    return findings.isFailed();
  }

  /** Returns what was counted so far. */
  public Law law() {
    return Law.of(ledger, List.of());
  }

  /** Changes whenever an interrupt gets on. */
  public long progress() {
    return ledger.progress();
  }

  /** Returns, for one source, how many of its triggers have not come to an end. */
  public long outstanding(int source) {
    return outstanding(ledger.source(source));
  }

  /** Returns how many IPIs to a server have not come to an end. */
  public long outstandingIpis(int server) {
    return outstanding(ledger.ipi(server));
  }

  private static long outstanding(Ledger.Account account) {
    return account.triggered.get() - account.settled();
  }

  /**
   * Returns whether every interrupt has come to an end, but for those that the guest has masked.
   */
  public boolean isSettled() {
    return ledger.ipis().values().stream().allMatch(Ledger.Account::isBalanced)
        && ledger.sources().entrySet().stream()
            .allMatch(entry -> entry.getValue().isBalanced() || guest.isMasked(entry.getKey()));
  }

  /** Returns whether every vCPU sleeps, and nothing waits but what the guest has masked. */
  public boolean isIdle() {
    return guest.isIdle() && isSettled();
  }

  // ---- what devices and others do

  /** A device sends its MSI. */
  public void trigger(int source) {
    ledger.triggered(source);
    try {
      int status = vm.irqLine(source, KvmUapi.KVM_INTERRUPT_SET);
      if (status != 0) {
        findings.problem(hex(source) + " could not be injected: " + status);
      }
    } catch (ErrnoException e) {
      findings.problem(hex(source) + " could not be injected: " + Findings.describe(e));
    }
  }

  /** The device of a line wants an interrupt; its line stays up until a handler serves it. */
  public void raise(int source) {
    machine.raise(source);
  }

  /** The device of a line no longer wants an interrupt: only where the source is masked. */
  public void withdraw(int source) {
    machine.withdrawIfMasked(source);
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
    synchronized (figures) {
      figures.add(report);
    }
    report.lostSources().forEach(ledger::stranded);
  }

  /** Returns how often the controller was changed. */
  public long swapCount() {
    synchronized (figures) {
      return figures.count();
    }
  }

  /** Returns how long each swap has kept the vCPUs out. */
  public Histogram pauses() {
    synchronized (figures) {
      return figures.pause().copy();
    }
  }

  private static String hex(int source) {
    return "source 0x" + Integer.toHexString(source);
  }

  /**
   * Waits for as long as interrupts get on, and nothing is broken.
   *
   * @return whether the condition holds
   */
  public boolean await(BooleanSupplier condition) {
    return patience.await(condition) && (condition.getAsBoolean() || !isBroken());
  }

  // ---- ending

  /**
   * Ends it: lets the guest handle what is under way, stops the vCPUs, and closes the books. Nobody
   * may inject or swap any more. Every wait is bounded.
   */
  public Result end() {
    if (!vm.isDetached() && !isBroken() && !await(this::isIdle)) {
      nameWhatIsLeft();
    }
    machine.stopVcpus(patience);
    return close();
  }

  /**
   * Closes the books, of what has been done up to now, and the controller. No vCPU may run, and
   * nobody inject or swap.
   */
  public Result close() {
    boolean quiet = machine.isQuiet() && vm.swapLock.owner() == null;
    InterruptState state = quiet ? capture() : null;
    List<Integer> waiting = vm.injection().held().stream().map(Injection.Held::irq).toList();
    List<Ledger.Balance> balances = ledger.close(state, waiting, guest::hasMessage);
    if (quiet) {
      machine().close();
    }
    vm.host().setTriggerObserver(TriggerObserver.NONE);
    vm.stuckReports().forEach(report -> findings.stuck(report.toString()));
    if (ledger.refusals() > 0) {
      ledger.refusalTexts().forEach(findings::problem);
      findings.problem(ledger.refusals() + " calls of the guest were refused");
    }
    return new Result(Law.of(ledger, balances), findings.stuck(), findings.problems());
  }

  private void nameWhatIsLeft() {
    ledger
        .sources()
        .forEach(
            (source, account) -> {
              if (!account.isBalanced() && !guest.isMasked(source)) {
                findings.stuck(account.name + " is not masked, but its handler does not run");
              }
            });
    for (int i = 0; i < config.vcpus(); i++) {
      GuestTask task = guest.firstTask(i);
      if (task != null) {
        findings.stuck(
            vm.vcpus().get(i) + " did not get to " + task + ": " + machine.whatVcpuDoes(i));
      }
    }
  }

  /** Walks what the controller and the guest still hold, or what is kept of a controller. */
  private InterruptState capture() {
    DeviceFile file = machine().file();
    if (file == null) {
      return swapper().kept().orElse(null);
    }
    try {
      return file.device().deviceType().carrier().capture(vm, file, guest);
    } catch (ErrnoException | RuntimeException e) {
      findings.problem(
          "what the controller holds at the end cannot be read: " + Findings.describe(e));
      return null;
    }
  }
}
