package org.xivebench.replay.engine;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.swap.SwapReport;
import org.xivebench.kvm.swap.SwapStep;

/** How long the swaps of a run took: in all, by step, and the release in them by its steps. */
public final class SwapFigures {
  /** Times are recorded to three digits, up to ten minutes. */
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final int DIGITS = 3;

  private final Histogram pause = new Histogram(LONGEST_NANOS, DIGITS);
  private final Map<SwapStep, Histogram> steps = new EnumMap<>(SwapStep.class);
  private final Map<Step, Histogram> releaseSteps = new EnumMap<>(Step.class);
  private long heldInterrupts;

  /** No swap yet. */
  public SwapFigures() {}

  /** Counts a swap in. */
  public void add(SwapReport report) {
    record(pause, report.pauseNanos());
    heldInterrupts += report.heldInterrupts();
    report.stepNanos().forEach((step, nanos) -> record(histogram(steps, step), nanos));
    report.releaseNanos().forEach((step, nanos) -> record(histogram(releaseSteps, step), nanos));
  }

  private static <K> Histogram histogram(Map<K, Histogram> histograms, K key) {
    return histograms.computeIfAbsent(key, step -> new Histogram(LONGEST_NANOS, DIGITS));
  }

  private static void record(Histogram histogram, long nanos) {
    histogram.recordValue(Math.min(nanos, LONGEST_NANOS));
  }

  /** Returns how many swaps were completed. */
  public long count() {
    return pause.getTotalCount();
  }

  /** Returns how many interrupts were injected while a swap was on, and flushed afterwards. */
  public long heldInterrupts() {
    return heldInterrupts;
  }

  /** Returns how long each swap kept the vCPUs out, in nanoseconds. */
  public Histogram pause() {
    return pause;
  }

  /** Returns how long each step took, in nanoseconds, in the order of the steps. */
  public Map<SwapStep, Histogram> steps() {
    return steps;
  }

  /** Returns how long each step of the releases took, in nanoseconds. */
  public Map<Step, Histogram> releaseSteps() {
    return releaseSteps;
  }
}
