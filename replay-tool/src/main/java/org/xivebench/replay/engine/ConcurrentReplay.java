package org.xivebench.replay.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Injection;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.Swapper;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.Ledger.Account;
import org.xivebench.replay.engine.Ledger.Balance;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.replay.guest.RtasTokens;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.vmm.InterruptMap;
import org.xivebench.replay.vmm.InterruptMode;
import org.xivebench.replay.vmm.Machine;
import org.xivebench.replay.vmm.MachineConfig;
import org.xivebench.replay.vmm.RtasToken;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.LockOrderReport;
import org.xivebench.sync.Lockdep;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.TriggerObserver;
import org.xivebench.xive.Xive;

/**
 * Replays a trace with real threads: one for each vCPU, one that swaps the controller, and the
 * caller's, which injects. Every wait is bounded: what does not get on is reported by name, and
 * ends the run.
 *
 * <p>An object is one run.
 */
public final class ConcurrentReplay {
  /** Guest operations that a handler does beside the driver's: a place for swaps to fall into. */
  private static final int HANDLER_STEPS = 1;

  /** Tasks that may wait for vCPUs: what bounds the memory of a run without pacing. */
  private static final long MAX_TASKS_AHEAD = 4096;

  private static final long POLL_NANOS = 20_000;
  private static final int SPINS = 200;

  /** Pauses are recorded to three digits, up to ten minutes. */
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final TraceEvents.Opener trace;
  private final ReplayOptions options;
  private final Cancellation cancellation;
  private final Progress progress;

  private final Ledger ledger = new Ledger();
  private final List<String> problems = Collections.synchronizedList(new ArrayList<>());
  private final List<String> stuck = Collections.synchronizedList(new ArrayList<>());
  private final Histogram pauses = new Histogram(LONGEST_PAUSE_NANOS, 3);
  private final AtomicBoolean failed = new AtomicBoolean();

  private TraceHeader header;
  private Machine machine;
  private Vm vm;
  private Guest guest;
  private Swapper swapper;
  private SwapThread swapThread;
  private final List<VcpuThread> vcpuThreads = new ArrayList<>();

  private long events;
  private long operations;
  private int cyclesBegun;
  private long heldInterrupts;

  // Pacing: what the recording had ended so far, and what was posted so far.
  private final Map<Integer, Long> endedInTrace = new HashMap<>();
  private final Map<Integer, Long> ipisEndedInTrace = new HashMap<>();
  private long[] ipisPosted;
  private long tasksPosted;

  /**
   * @param trace opened once for each cycle
   * @param cancellation ends the run early; what was injected is still drained
   * @param progress is told of the events read
   */
  public ConcurrentReplay(
      TraceEvents.Opener trace,
      ReplayOptions options,
      Cancellation cancellation,
      Progress progress) {
    this.trace = trace;
    this.options = options;
    this.cancellation = cancellation;
    this.progress = progress;
  }

  /**
   * Runs.
   *
   * @throws IOException if the trace cannot be read; the run has been ended then
   * @throws ReplayException if the machine that the trace asks for cannot be made
   */
  public ReplayResult run() throws IOException, ReplayException {
    Lifetime.resetReports();
    long startNanos;
    try (TraceEvents first = trace.open()) {
      header = first.header();
      build();
      startNanos = System.nanoTime();
      try {
        start();
        inject(first);
        for (int cycle = 1; cycle < options.cycles() && !isOver(); cycle++) {
          try (TraceEvents again = trace.open()) {
            inject(again);
          }
        }
        drain();
      } finally {
        stop();
      }
    }
    long wallNanos = System.nanoTime() - startNanos;
    return close(wallNanos);
  }

  private boolean isOver() {
    return failed.get() || cancellation.isRequested();
  }

  // ---- setting up

  private void build() throws ReplayException {
    List<Integer> lsis = new ArrayList<>();
    List<Integer> msis = new ArrayList<>();
    for (TraceHeader.Source source : header.sources()) {
      if (!header.isIpi(source.number())) {
        (source.lsi() ? lsis : msis).add(source.number());
      }
    }
    int servers = header.vcpuCount();
    VmConfig vmConfig =
        VmConfig.DEFAULT
            .withMemoryBytes(Math.max(VmConfig.DEFAULT.memoryBytes(), Guest.memoryBytes(servers)))
            .withProtocol(options.protocol())
            .withKernel(options.kernel());
    Xive host = new Xive.Builder().build();
    host.setTriggerObserver(ledger);
    try {
      int ipis = header.servers().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
      InterruptMap interrupts = InterruptMap.of(Math.max(ipis, servers), lsis, msis);
      machine =
          Machine.inKernel(
              new MachineConfig(
                  header.servers(), interrupts, InterruptMode.DUAL, vmConfig, Quirks.NONE),
              host);
    } catch (IllegalArgumentException e) {
      throw new ReplayException("names a machine that cannot be made: " + e.getMessage(), e);
    } catch (ErrnoException e) {
      throw new ReplayException("names a machine that KVM does not make: " + e.getMessage(), e);
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
    for (int source : lsis) {
      guest.addSource(source, true);
      ledger.open(source, true);
    }
    for (int source : msis) {
      guest.addSource(source, false);
      ledger.open(source, false);
    }
    header.servers().forEach(ledger::openIpi);
    ipisPosted = new long[servers];
    swapper = new Swapper(vm, machine.swapClient(guest), options.swapObserver());
  }

  private void start() throws ReplayException {
    try {
      SwapReport unusedFirst = swapper.swapTo(options.rotation().get(0));
    } catch (SwapException e) {
      throw new ReplayException("cannot start on " + options.rotation().get(0).name(), e);
    }
    for (int i = 0; i < vm.vcpus().size(); i++) {
      VcpuThread thread = new VcpuThread(i);
      vcpuThreads.add(thread);
      thread.start();
    }
    for (GuestTask task : guest.bringUp()) {
      if (!await(task)) {
        giveUp("a vCPU did not come up: " + task);
      }
    }
    swapThread = new SwapThread();
    swapThread.start();
  }

  /** Runs one vCPU. A subclass with a run() of its own, as exploration tools want threads. */
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
        problem(getName() + " ended with " + describe(e));
        failed.set(true);
      }
    }
  }

  private static String describe(Throwable e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private void problem(String what) {
    problems.add(what);
  }

  private void giveUp(String what) {
    stuck.add(what);
    failed.set(true);
  }

  // ---- swapping

  /** Makes the swaps that are due, one after the other. */
  private final class SwapThread extends Thread {
    private volatile boolean ending;
    private volatile long due;
    private volatile long done;

    SwapThread() {
      super("swapper");
      setDaemon(true);
    }

    @Override
    public void run() {
      int position = 0;
      while (true) {
        if (done == due) {
          if (ending) {
            return;
          }
          LockSupport.park(this);
          continue;
        }
        position = (position + 1) % options.rotation().size();
        try {
          SwapReport report = swapper.swapTo(options.rotation().get(position));
          pauses.recordValue(Math.min(report.pauseNanos(), LONGEST_PAUSE_NANOS));
          heldInterrupts += report.heldInterrupts();
          report.lostSources().forEach(ledger::stranded);
        } catch (SwapException | RuntimeException | AssertionError e) {
          problem("swap " + (done + 1) + ": " + describe(e));
          failed.set(true);
          return;
        }
        long next = done + 1;
        done = next;
      }
    }

    /** One more swap; called by the injecting thread only. */
    void request() {
      long next = due + 1;
      due = next;
      LockSupport.unpark(this);
      // Not further ahead than one swap, or they would follow each other without load between.
      if (!await(() -> done >= next - 1)) {
        giveUp("swap " + next + " waits for the one before it");
      }
    }

    boolean end() {
      ending = true;
      LockSupport.unpark(this);
      return joined(this);
    }
  }

  // ---- injecting

  private void inject(TraceEvents from) throws IOException {
    cyclesBegun++;
    StimulusFilter filter = new StimulusFilter(header);
    long nextSwap = options.swapEvery() == 0 ? Long.MAX_VALUE : operations + options.swapEvery();
    long firstNanos = -1;
    long startNanos = System.nanoTime();
    for (TraceEvent event = from.next(); event != null && !isOver(); event = from.next()) {
      events++;
      if ((events & 0x3ff) == 0) {
        progress.update(events, 0);
      }
      if (options.swapAt().contains(event.sequence())) {
        swapThread.request();
      }
      Stimulus stimulus = filter.of(event);
      if (isForPacing(stimulus)) {
        continue;
      }
      if (options.speed() > 0) {
        firstNanos = firstNanos < 0 ? event.timeNanos() : firstNanos;
        waitUntil(startNanos + (long) ((event.timeNanos() - firstNanos) / options.speed()));
      }
      if (perform(stimulus)) {
        operations++;
        if (operations >= nextSwap) {
          nextSwap = operations + options.swapEvery();
          swapThread.request();
        }
      }
    }
    progress.update(events, 0);
  }

  private void waitUntil(long nanoTime) {
    for (long left = nanoTime - System.nanoTime();
        left > 0 && !isOver();
        left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(50)));
    }
  }

  private boolean isForPacing(Stimulus stimulus) {
    switch (stimulus.kind) {
      case NOTHING -> {
        return true;
      }
      case ENDED -> {
        endedInTrace.merge(stimulus.number, 1L, Long::sum);
        return true;
      }
      case IPI_ENDED -> {
        ipisEndedInTrace.merge(stimulus.number, 1L, Long::sum);
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  /** Does a stimulus. Returns whether it was one for this machine. */
  private boolean perform(Stimulus stimulus) {
    int number = stimulus.number;
    switch (stimulus.kind) {
      case TRIGGER, LINE -> {
        if (!guest.hasSource(number)) {
          return false;
        }
        if (guest.isLsi(number)) {
          return stimulus.kind == Stimulus.Kind.LINE && line(number, stimulus.value != 0);
        }
        if (stimulus.kind == Stimulus.Kind.LINE && stimulus.value == 0) {
          return false;
        }
        return trigger(number);
      }
      case IPI -> {
        return sendIpi(stimulus.vcpu, number);
      }
      case ROUTE -> {
        return configure(number, stimulus.vcpu, routing(number, stimulus.value));
      }
      case MASK -> {
        return configure(number, stimulus.vcpu, GuestTask.mask(number));
      }
      default -> throw new AssertionError(stimulus.kind);
    }
  }

  private final Map<Integer, Integer> lastServer = new HashMap<>();

  private GuestTask routing(int source, int server) {
    int target = server >= 0 ? server : lastServer.getOrDefault(source, header.servers().get(0));
    lastServer.put(source, target);
    return GuestTask.route(source, target);
  }

  private boolean configure(int source, int vcpu, GuestTask task) {
    if (!guest.hasSource(source)) {
      return false;
    }
    int index = vcpu >= 0 ? vcpu : 0;
    guest.post(index, task);
    if (!await(task)) {
      giveUp("vcpu" + header.servers().get(index) + " did not get to " + task);
    }
    return true;
  }

  private boolean trigger(int source) {
    Account account = ledger.source(source);
    if (options.paced()) {
      pace(
          account,
          Math.min(endedInTrace.getOrDefault(source, 0L), account.triggered.get()),
          () -> guest.isMasked(source));
    }
    ledger.triggered(source);
    inject(source, KvmUapi.KVM_INTERRUPT_SET);
    return true;
  }

  private void inject(int source, int level) {
    try {
      int status = vm.irqLine(source, level);
      if (status != 0) {
        problem("source 0x" + Integer.toHexString(source) + " could not be injected: " + status);
      }
    } catch (ErrnoException e) {
      problem("source 0x" + Integer.toHexString(source) + " could not be injected: " + describe(e));
    } catch (RuntimeException | AssertionError e) {
      problem("injection of source 0x" + Integer.toHexString(source) + ": " + describe(e));
      failed.set(true);
    }
  }

  /**
   * A line changes in the recording. That it goes up is the device's doing, and done. That it goes
   * down is the recorded guest's, whose driver serviced the device: here the guest's own handler
   * does that, and it is waited for. Only of a masked source, for which no handler runs, the device
   * withdraws the line.
   */
  private boolean line(int source, boolean up) {
    if (!up && options.paced()) {
      Account account = ledger.source(source);
      if (!await(() -> !account.owed.get() || guest.isMasked(source))) {
        giveUp(account.name + ": its line is up and it is not masked, but its handler did not run");
      }
    }
    vm.swapLock.lock();
    try {
      if (up) {
        ledger.raised(source);
        drive(source, true);
      } else if (guest.isMasked(source)) {
        ledger.withdrawn(source);
        drive(source, false);
      }
    } catch (RuntimeException | AssertionError e) {
      problem("the line of source 0x" + Integer.toHexString(source) + ": " + describe(e));
      failed.set(true);
    } finally {
      vm.swapLock.unlock();
    }
    return true;
  }

  /** A handler reaches the device of an LSI; {@code Vm.swapLock} is held. */
  private void service(int source, int server) {
    ledger.serviced(source);
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
      problem("source 0x" + Integer.toHexString(source) + " could not be driven: " + describe(e));
    }
  }

  private boolean sendIpi(int sender, int target) {
    if (target < 0 || target >= ipisPosted.length) {
      return false;
    }
    int server = header.servers().get(target);
    if (options.paced()) {
      pace(
          ledger.ipi(server),
          Math.min(ipisEndedInTrace.getOrDefault(target, 0L), ipisPosted[target]),
          () -> false);
    }
    if (!await(() -> tasksPosted - ipisSent() < MAX_TASKS_AHEAD)) {
      giveUp("vCPUs did not get to the IPIs that they are to send");
    }
    int from = sender >= 0 ? sender : (target + 1) % ipisPosted.length;
    ipisPosted[target]++;
    tasksPosted++;
    guest.post(from, GuestTask.sendIpi(server));
    return true;
  }

  private long ipisSent() {
    return ledger.ipis().values().stream().mapToLong(ipi -> ipi.triggered.get()).sum();
  }

  private void pace(Account account, long wanted, java.util.function.BooleanSupplier excused) {
    if (!await(() -> account.settled() >= wanted || excused.getAsBoolean())) {
      giveUp(
          account.name
              + ": "
              + account.settled()
              + " of "
              + wanted
              + " interrupts were handled that the recording had handled here");
    }
  }

  // ---- waiting

  /** Waits as long as anything gets on. Returns whether the condition holds. */
  private boolean await(java.util.function.BooleanSupplier condition) {
    for (int i = 0; i < SPINS; i++) {
      if (condition.getAsBoolean()) {
        return true;
      }
      Thread.onSpinWait();
    }
    long patienceNanos = TimeUnit.MILLISECONDS.toNanos(options.stallMillis());
    long seen = ledger.progress();
    long sinceNanos = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (failed.get()) {
        return true; // the run is over anyway, for another reason
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

  private boolean await(GuestTask task) {
    return await(task::isDone);
  }

  private boolean joined(Thread thread) {
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.stallMillis());
    while (thread.isAlive() && System.nanoTime() < end) {
      try {
        thread.join(50);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }

  // ---- ending

  private void drain() {
    if (failed.get()) {
      return;
    }
    if (!swapThread.end()) {
      giveUp("the last swap did not end");
      return;
    }
    if (failed.get()) {
      return;
    }
    boolean unusedDrained = await(this::isDrained);
  }

  private boolean isDrained() {
    return guest.isIdle()
        && ledger.ipis().values().stream().allMatch(Account::isBalanced)
        && ledger.sources().entrySet().stream()
            .allMatch(entry -> entry.getValue().isBalanced() || guest.isMasked(entry.getKey()));
  }

  private void stop() {
    if (swapThread != null && swapThread.isAlive() && !swapThread.end()) {
      giveUp("a swap did not end");
    }
    for (Vcpu vcpu : vm.vcpus()) {
      vcpu.stop();
    }
    for (VcpuThread thread : vcpuThreads) {
      if (!joined(thread)) {
        giveUp(thread.getName() + " did not leave the guest");
      }
    }
  }

  private ReplayResult close(long wallNanos) {
    boolean quiet = vcpuThreads.stream().noneMatch(Thread::isAlive);
    InterruptState state =
        quiet && (swapThread == null || !swapThread.isAlive()) ? capture() : null;
    List<Integer> held = vm.injection().held().stream().map(Injection.Held::irq).toList();
    List<Balance> balances =
        ledger.close(state, held, server -> guest.hasMessage(header.servers().indexOf(server)));
    nameWhatIsLeft(balances);
    if (state != null) {
      machine.close();
    }
    vm.host().setTriggerObserver(TriggerObserver.NONE);
    vm.stuckReports().forEach(report -> stuck.add(report.toString()));
    if (ledger.refusals() > 0) {
      problems.addAll(ledger.refusalTexts());
      problem(ledger.refusals() + " calls of the guest were refused");
    }
    List<Account> accounts = new ArrayList<>(ledger.sources().values());
    accounts.addAll(ledger.ipis().values());
    return new ReplayResult(
        options.rotation().get(0).name(),
        cyclesBegun,
        events,
        operations,
        accounts.stream().mapToLong(account -> account.triggered.get()).sum(),
        accounts.stream().mapToLong(account -> account.coalesced.get()).sum(),
        accounts.stream().mapToLong(account -> account.dropped.get()).sum(),
        accounts.stream().mapToLong(account -> account.delivered.get()).sum(),
        balances.stream().mapToLong(Balance::pending).sum(),
        balances.stream().mapToLong(Balance::lost).sum(),
        balances.stream().mapToLong(Balance::invented).sum(),
        ledger.spuriousIpis(),
        ledger.spuriousLsis(),
        pauses.getTotalCount(),
        heldInterrupts,
        pauses,
        Lifetime.reports().stream().map(Object::toString).toList(),
        Lockdep.ENABLED ? Lockdep.reports().stream().map(LockOrderReport::toString).toList() : null,
        stuck,
        problems,
        wallNanos,
        cancellation.isRequested());
  }

  /** Walks what the controller and the guest still hold. Every vCPU has stopped. */
  private InterruptState capture() {
    DeviceFile file = machine.file();
    if (file == null) {
      problem("the VM has no controller at the end; what it held is not known");
      return null;
    }
    try {
      return file.device().deviceType().carrier().capture(vm, file, guest);
    } catch (ErrnoException | RuntimeException e) {
      problem("what the controller holds at the end cannot be read: " + describe(e));
      return null;
    }
  }

  private void nameWhatIsLeft(List<Balance> balances) {
    for (Balance balance : balances) {
      if (balance.lost() > 0) {
        problem(balance.name() + ": " + balance.lost() + " lost");
      }
      if (balance.invented() > 0) {
        problem(balance.name() + ": " + balance.invented() + " invented");
      }
    }
    if (cancellation.isRequested() || failed.get()) {
      return;
    }
    for (int source : ledger.sources().keySet()) {
      String name = ledger.source(source).name;
      boolean waits =
          balances.stream().anyMatch(each -> each.name().equals(name) && each.pending() > 0);
      if (waits && !guest.isMasked(source)) {
        stuck.add(name + " is pending and not masked, but its handler does not run");
      }
    }
    for (int i = 0; i < header.vcpuCount(); i++) {
      GuestTask task = guest.firstTask(i);
      if (task != null) {
        stuck.add("vcpu" + header.servers().get(i) + " did not get to " + task);
      }
    }
  }
}
