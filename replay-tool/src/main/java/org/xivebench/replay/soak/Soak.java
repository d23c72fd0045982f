package org.xivebench.replay.soak;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.xivebench.kvm.StuckReport;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.engine.LiveConfig;
import org.xivebench.replay.engine.LiveMachine;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.sync.Invariants;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.LockOrderReport;
import org.xivebench.sync.Lockdep;

/**
 * Takes every path into the devices at once, with a thread for each, for as long as it is told:
 * {@link LivePaths} on a machine whose interrupts are accounted for and whose controller is swapped
 * all the time, and {@link ReleaseRounds} beside it. A step that does not end is reported by name.
 * The first finding ends the run.
 */
public final class Soak {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** The most that counts between two looks: a machine that lets nothing run is no finding. */
  private static final long LONGEST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final SoakOptions options;
  private final Supplier<List<DeviceType>> backends;
  private final DeviceType first;
  private final Cancellation cancellation;
  private final Progress progress;
  private final SoakFindings findings = new SoakFindings();
  private final List<SoakWorker> workers = new ArrayList<>();
  private LiveMachine live;
  private SoakWorker swapper;

  /**
   * @param backends those that are there at the time
   * @param first where the VM starts
   * @param cancellation ends the run early; it is reported as far as it came
   * @param progress is told of the seconds
   */
  public Soak(
      SoakOptions options,
      Supplier<List<DeviceType>> backends,
      DeviceType first,
      Cancellation cancellation,
      Progress progress) {
    this.options = options;
    this.backends = backends;
    this.first = first;
    this.cancellation = cancellation;
    this.progress = progress;
  }

  /**
   * Runs.
   *
   * @throws ReplayException if the machine does not come up
   */
  public SoakResult run() throws ReplayException {
    Lifetime.resetReports();
    Invariants.reset();
    long startNanos = System.nanoTime();
    live =
        LiveMachine.start(
            new LiveConfig(options.vcpus(), 8, 2, options.vm(), options.stallMillis()), first);
    live.vm()
        .setReportAfterNanos(TimeUnit.MILLISECONDS.toNanos(Math.max(1, options.stallMillis() / 2)));
    LivePaths paths = new LivePaths(live, backends);
    ReleaseRounds rounds =
        new ReleaseRounds(backends, options.vm(), options.stallMillis(), findings);
    paths.all().forEach(this::add);
    add(rounds.path());
    swapper = add(paths.swaps());
    workers.forEach(Thread::start);
    watch(startNanos);
    end();
    LiveMachine.Result result = live.end();
    return close(result, System.nanoTime() - startNanos);
  }

  private SoakWorker add(SoakPath path) {
    SoakWorker worker = new SoakWorker(path, options.seed() + workers.size(), findings);
    workers.add(worker);
    return worker;
  }

  private void watch(long startNanos) {
    Thread watcher = Thread.currentThread();
    cancellation.onRequest(() -> LockSupport.unpark(watcher));
    long endNanos = startNanos + options.duration().toNanos();
    long lookedNanos = System.nanoTime();
    while (!isOver() && System.nanoTime() - endNanos < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
      long now = System.nanoTime();
      look(Math.min(now - lookedNanos, LONGEST_LOOK_NANOS));
      lookedNanos = now;
      progress.update(TimeUnit.NANOSECONDS.toSeconds(now - startNanos), 0);
    }
  }

  private boolean isOver() {
    return cancellation.isRequested()
        || !findings.isEmpty()
        || live.isBroken()
        || !Lifetime.reports().isEmpty();
  }

  private void look(long lookNanos) {
    long stallNanos = TimeUnit.MILLISECONDS.toNanos(options.stallMillis());
    for (SoakWorker worker : workers) {
      if (worker.quietNanos(lookNanos) > stallNanos) {
        findings.stuck(
            worker.pathName() + " is in " + Threads.whereIs(worker) + " and does not get on");
        live.vm().stuckReports().stream().map(StuckReport::toString).forEach(findings::stuck);
      }
    }
  }

  /** The swaps end last: somebody may wait for a vCPU's mutex, which a swap makes it give back. */
  private void end() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(options.stallMillis());
    for (SoakWorker worker : workers) {
      if (worker != swapper) {
        worker.end();
      }
    }
    for (SoakWorker worker : workers) {
      if (worker != swapper) {
        join(worker, deadline);
      }
    }
    swapper.end();
    join(swapper, deadline + TimeUnit.MILLISECONDS.toNanos(options.stallMillis()));
  }

  private void join(SoakWorker worker, long deadline) {
    if (!Threads.joinUntil(worker, deadline)) {
      findings.stuck(worker.pathName() + " is in " + Threads.whereIs(worker) + " and did not end");
    }
  }

  private SoakResult close(LiveMachine.Result result, long wallNanos) {
    Map<String, Long> steps = new LinkedHashMap<>();
    workers.forEach(worker -> steps.put(worker.pathName(), worker.steps()));
    List<String> stuck = new ArrayList<>(findings.stuck());
    stuck.addAll(result.stuck());
    List<String> problems = new ArrayList<>(findings.problems());
    problems.addAll(result.problems());
    problems.addAll(result.law().broken());
    return new SoakResult(
        first.name(),
        options.vm().protocol().name(),
        result.law(),
        steps,
        live.swapCount(),
        live.pauses(),
        Lifetime.reports().stream().map(Object::toString).distinct().toList(),
        Lockdep.ENABLED ? Lockdep.reports().stream().map(LockOrderReport::toString).toList() : null,
        stuck.stream().distinct().toList(),
        problems,
        wallNanos,
        cancellation.isRequested());
  }
}
