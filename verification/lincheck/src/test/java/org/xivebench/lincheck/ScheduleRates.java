package org.xivebench.lincheck;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.Experiment;
import org.xivebench.replay.explore.Explorer;
import org.xivebench.sync.Schedule;

/**
 * How many schedules a second are run of the release of a device with two vCPUs, one of which makes
 * a hypercall that reaches the other: in an explorable JVM by {@code explore}, in a plain one by
 * Lincheck. Both make the machine anew for each schedule.
 */
final class ScheduleRates {
  private static final TinyRelease.Path PATH = TinyRelease.Path.HYPERCALL;
  private static final int LINCHECK_SCHEDULES = 300;
  private static final int MOST_PREEMPTIONS = 3;

  private ScheduleRates() {}

  /**
   * Prints the rate, as a number behind a name.
   *
   * @param args seconds for which {@code explore} runs
   */
  public static void main(String[] args) throws InterruptedException {
    double rate =
        Schedule.EXPLORABLE ? explore(Duration.ofSeconds(Long.parseLong(args[0]))) : lincheck();
    System.out.printf(Locale.ROOT, "%s %.1f%n", Schedule.EXPLORABLE ? "explore" : "lincheck", rate);
  }

  /** Lincheck's classes are rewritten in a first run that does not count. */
  private static double lincheck() {
    Schedules.Ran unusedFirst = Schedules.run(PATH, ReleaseProtocol.GATED, 10);
    return Schedules.run(PATH, ReleaseProtocol.GATED, LINCHECK_SCHEDULES).perSecond();
  }

  /** Every schedule is run in full: without reduction, over and over until the time is up. */
  private static double explore(Duration time) throws InterruptedException {
    Explorer.Outcome unusedWarmUp = explorer(time.dividedBy(2)).explore();
    long schedules = 0;
    long nanos = 0;
    while (nanos < time.toNanos()) {
      Explorer.Outcome outcome = explorer(time.minusNanos(nanos)).explore();
      outcome
          .failure()
          .ifPresent(
              failure -> {
                throw new AssertionError(failure.what());
              });
      schedules += outcome.schedules();
      nanos += outcome.nanos();
    }
    return schedules * 1e9 / nanos;
  }

  private static Explorer explorer(Duration time) {
    return new Explorer(ScheduleRates::prepare, DepthFirst.plain(MOST_PREEMPTIONS), time);
  }

  private static Experiment.Run prepare() {
    TinyRelease release = new TinyRelease(PATH, ReleaseProtocol.GATED);
    return new Experiment.Run() {
      @Override
      public Map<String, Runnable> actors() {
        return release.actors();
      }

      @Override
      public void check() {
        release.check();
      }
    };
  }
}
