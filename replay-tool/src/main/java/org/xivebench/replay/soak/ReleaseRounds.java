package org.xivebench.replay.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.xivebench.kvm.StuckReport;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.scenario.Scenario;
import org.xivebench.replay.explore.scenario.Scenarios;
import org.xivebench.replay.explore.scenario.StagedRun;

/**
 * The scenarios of {@code explore}, one after the other as chance has it, each with its actors on
 * real threads: the release of a device beside what uses it.
 */
final class ReleaseRounds {
  private final Supplier<List<DeviceType>> backends;
  private final VmConfig config;
  private final long stallNanos;
  private final SoakFindings findings;

  /**
   * @param stallMillis how long an actor may take
   */
  ReleaseRounds(
      Supplier<List<DeviceType>> backends,
      VmConfig config,
      long stallMillis,
      SoakFindings findings) {
    this.backends = backends;
    this.config = config;
    this.stallNanos = TimeUnit.MILLISECONDS.toNanos(stallMillis);
    this.findings = findings;
  }

  SoakPath path() {
    return new SoakPath("releases", TimeUnit.MILLISECONDS.toNanos(1), this::round);
  }

  private void round(SplittableRandom random) {
    List<DeviceType> all = backends.get();
    DeviceType type = all.get(random.nextInt(all.size()));
    List<Scenario> scenarios =
        Scenarios.all().stream().filter(each -> each.appliesTo(type, all)).toList();
    Scenario scenario = scenarios.get(random.nextInt(scenarios.size()));
    String what = "scenario " + scenario + " on " + type.name();
    run(what, scenario.on(type, all, config).prepare());
  }

  /** Runs one, with its actors as far abreast as threads go. */
  void run(String what, Experiment.Run run) {
    if (run instanceof StagedRun stage) {
      stage.vm().setReportAfterNanos(stallNanos / 2);
    }
    Map<String, Runnable> cast = run.actors();
    CyclicBarrier start = new CyclicBarrier(cast.size());
    List<Actor> actors = new ArrayList<>();
    cast.forEach((name, body) -> actors.add(new Actor(name, body, start)));
    actors.forEach(Thread::start);
    long deadline = System.nanoTime() + stallNanos;
    for (Actor actor : actors) {
      if (!Threads.joinUntil(actor, deadline)) {
        findings.stuck(what + ": " + actor.getName() + " is in " + Threads.whereIs(actor));
      }
    }
    if (run instanceof StagedRun stage) {
      for (StuckReport report : stage.vm().stuckReports()) {
        findings.stuck(what + ": " + report);
      }
    }
    for (Actor actor : actors) {
      if (actor.failure != null) {
        findings.problem(what + ": " + actor.getName() + ": " + actor.failure);
      }
    }
    if (findings.isEmpty()) {
      run.check();
    }
  }

  private static final class Actor extends Thread {
    private final Runnable body;
    private final CyclicBarrier start;
    private volatile String failure;

    Actor(String name, Runnable body, CyclicBarrier start) {
      super(name);
      this.body = body;
      this.start = start;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        int unusedPlace = start.await();
        body.run();
      } catch (RuntimeException | AssertionError e) {
        failure = SoakWorker.describe(e);
      } catch (InterruptedException | BrokenBarrierException e) {
        failure = "did not start";
      }
    }
  }
}
