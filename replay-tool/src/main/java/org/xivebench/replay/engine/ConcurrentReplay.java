package org.xivebench.replay.engine;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Injection;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.kvm.swap.SwapException;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.Ledger.Account;
import org.xivebench.replay.engine.Ledger.Balance;
import org.xivebench.replay.guest.Guest;
import org.xivebench.replay.guest.GuestTask;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.LockOrderReport;
import org.xivebench.sync.Lockdep;
import org.xivebench.xive.TriggerObserver;

/**
 * Replays a trace with real threads: one for each vCPU, one that swaps the controller, and the
 * caller's, which injects. Every wait is bounded: what does not get on is reported by name, and
 * ends the run.
 *
 * <p>An object is one run.
 */
public final class ConcurrentReplay {
  /** Once around all backends before a run with swaps, so that none is the JVM's first. */
  private static final int REHEARSALS = 2;

  /** How long a run that the user has ended waits for what was injected. */
  private static final long SHORT_STALL_MILLIS = 2_000;

  private final TraceEvents.Opener trace;
  private final ReplayOptions options;
  private final Cancellation cancellation;
  private final Progress progress;

  private final Ledger ledger = new Ledger();
  private final Findings findings = new Findings();

  private TraceHeader header;
  private ReplayMachine replayed;
  private Vm vm;
  private Guest guest;
  private SwapRequests swaps;
  private Injector injector;
  private int cyclesBegun;
  private OutputStream recording;

  /** Null if the run is not recorded. */
  private RunRecorder recorder;

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
   * Records the run as a trace that can be replayed in order. Before {@link #run}. Everything is
   * done in turns then, one thing at a time, which takes longer; there is no rehearsal of swaps.
   *
   * @param out closed when the run has ended
   */
  public void recordTo(OutputStream out) {
    recording = out;
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
      recorder = recording == null ? null : new RunRecorder(header, recording);
      try {
        build();
        startNanos = System.nanoTime();
        try {
          start();
          inject(first);
          while (cyclesBegun < options.cycles() && !isOver()) {
            try (TraceEvents again = trace.open()) {
              inject(again);
            }
          }
          drain();
        } finally {
          stop();
        }
        ReplayResult result = close(System.nanoTime() - startNanos);
        if (recorder != null) {
          recorder.end(result);
        }
        return result;
      } finally {
        if (recorder != null) {
          recorder.close();
        }
      }
    }
  }

  private boolean isOver() {
    return findings.isFailed() || cancellation.isRequested();
  }

  private long progressSoFar() {
    return ledger.progress() + (swaps == null ? 0 : swaps.done());
  }

  private void inject(TraceEvents from) throws IOException {
    cyclesBegun++;
    injector.inject(from);
  }

  // ---- setting up

  private void build() throws ReplayException {
    if (new InterruptEvent().isEnabled()) {
      ledger.record(this::describe);
    }
    if (recorder != null) {
      ledger.tell(recorder);
    }
    replayed = new ReplayMachine(header, options, ledger, ledger, ledger, findings, recorder);
    vm = replayed.vm();
    guest = replayed.guest();
    Patience injecting = new Patience(this::progressSoFar, this::isOver, options.stallMillis());
    swaps = new SwapRequests(replayed, options.rotation(), ledger, findings, injecting);
    injector =
        new Injector(
            header, options, replayed, ledger, findings, injecting, swaps, this::isOver, progress);
    if (options.swaps() && recorder == null) {
      rehearse();
    }
    swapTo(options.rotation().get(0));
  }

  private void describe(InterruptEvent event, int server, boolean ipi) {
    IrqType mode = vm.vcpus().get(header.servers().indexOf(server)).irqType();
    event.priority = ipi ? guest.ipiPriority(mode) : guest.devicePriority(mode);
    event.backend =
        options.rotation().stream()
            .filter(type -> type.irqType() == mode)
            .map(DeviceType::name)
            .findFirst()
            .orElse(null);
  }

  /**
   * Swaps once around before anything runs. The first swaps of a JVM load classes and are
   * interpreted; what they take says nothing of a swap.
   */
  private void rehearse() throws ReplayException {
    for (int i = 0; i < REHEARSALS; i++) {
      for (DeviceType type : options.rotation()) {
        swapTo(type);
      }
    }
  }

  private void swapTo(DeviceType type) throws ReplayException {
    try {
      SwapReport unusedReport = replayed.swapTo(type);
    } catch (SwapException e) {
      throw new ReplayException("cannot start on " + type.name(), e);
    }
  }

  private void start() {
    replayed.startVcpus();
    Patience patience = patience();
    for (GuestTask task : guest.bringUp()) {
      if (!patience.await(task::isDone)) {
        findings.stuck("a vCPU did not come up: " + task);
      }
    }
    swaps.start();
  }

  /** For what is to be waited for although the run has been ended, by the user or by a failure. */
  private Patience patience() {
    long stallMillis =
        isOver() ? Math.min(options.stallMillis(), SHORT_STALL_MILLIS) : options.stallMillis();
    return new Patience(this::progressSoFar, findings::isFailed, stallMillis);
  }

  // ---- ending

  private void drain() {
    if (findings.isFailed()) {
      return;
    }
    if (!swaps.end(patience())) {
      findings.stuck("the last swap did not end");
    }
    if (!findings.isFailed()) {
      boolean unusedDrained = patience().await(this::isDrained);
    }
  }

  private boolean isDrained() {
    return guest.isIdle()
        && ledger.ipis().values().stream().allMatch(Account::isBalanced)
        && ledger.sources().entrySet().stream()
            .allMatch(entry -> entry.getValue().isBalanced() || guest.isMasked(entry.getKey()));
  }

  private void stop() {
    if (swaps.isAlive() && !swaps.end(patience())) {
      findings.stuck("a swap did not end");
    }
    replayed.stopVcpus(patience());
  }

  private ReplayResult close(long wallNanos) {
    InterruptState state = replayed.isQuiet() && !swaps.isAlive() ? capture() : null;
    List<Integer> held = vm.injection().held().stream().map(Injection.Held::irq).toList();
    List<Balance> balances =
        ledger.close(state, held, server -> guest.hasMessage(header.servers().indexOf(server)));
    nameWhatIsLeft(balances);
    if (state != null) {
      replayed.machine().close();
    }
    vm.host().setTriggerObserver(TriggerObserver.NONE);
    if (ledger.refusals() > 0) {
      ledger.refusalTexts().forEach(findings::problem);
      findings.problem(ledger.refusals() + " calls of the guest were refused");
    }
    vm.stuckReports().forEach(report -> findings.stuck(report.toString()));
    List<Account> accounts = new ArrayList<>(ledger.sources().values());
    accounts.addAll(ledger.ipis().values());
    return new ReplayResult(
        options.rotation().get(0).name(),
        cyclesBegun,
        injector.events(),
        injector.operations(),
        accounts.stream().mapToLong(account -> account.triggered.get()).sum(),
        accounts.stream().mapToLong(account -> account.coalesced.get()).sum(),
        accounts.stream().mapToLong(account -> account.dropped.get()).sum(),
        accounts.stream().mapToLong(account -> account.delivered.get()).sum(),
        balances.stream().mapToLong(Balance::pending).sum(),
        balances.stream().mapToLong(Balance::lost).sum(),
        balances.stream().mapToLong(Balance::invented).sum(),
        ledger.spuriousIpis(),
        ledger.spuriousLsis(),
        swaps.figures(),
        replayed.effort(),
        Lifetime.reports().stream().map(Object::toString).toList(),
        Lockdep.ENABLED ? Lockdep.reports().stream().map(LockOrderReport::toString).toList() : null,
        findings.stuck(),
        findings.problems(),
        wallNanos,
        cancellation.isRequested());
  }

  /** Walks what the controller and the guest still hold. Every vCPU has stopped. */
  private InterruptState capture() {
    DeviceFile file = replayed.machine().file();
    if (file == null) {
      findings.problem("the VM has no controller at the end; what it held is not known");
      return null;
    }
    try {
      return file.device().deviceType().carrier().capture(vm, file, guest);
    } catch (ErrnoException | RuntimeException e) {
      findings.problem(
          "what the controller holds at the end cannot be read: " + Findings.describe(e));
      return null;
    }
  }

  private void nameWhatIsLeft(List<Balance> balances) {
    for (Balance balance : balances) {
      if (balance.lost() > 0) {
        findings.problem(balance.name() + ": " + balance.lost() + " lost");
      }
      if (balance.invented() > 0) {
        findings.problem(balance.name() + ": " + balance.invented() + " invented");
      }
    }
    if (isOver()) {
      return;
    }
    for (int source : ledger.sources().keySet()) {
      String name = ledger.source(source).name;
      boolean waits =
          balances.stream().anyMatch(each -> each.name().equals(name) && each.pending() > 0);
      if (waits && !guest.isMasked(source)) {
        findings.stuck(name + " is pending and not masked, but its handler does not run");
      }
    }
    for (int i = 0; i < header.vcpuCount(); i++) {
      GuestTask task = guest.firstTask(i);
      if (task != null) {
        findings.stuck(vm.vcpus().get(i) + " did not get to " + task);
      }
    }
  }
}
