package org.xivebench.replay.ordered;

import java.io.IOException;
import java.io.OutputStream;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.engine.AheadEvents;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;

/**
 * Replays a trace in its order and compares every recorded result with the model's: values of loads
 * and results of calls one by one, effects by the whole sequence of those that an operation had, so
 * that one too many or one missing is found, too.
 *
 * <p>No clock: times of the trace are only reported. One thread does it; another reads ahead. An
 * object is one run.
 */
public final class OrderedReplay {
  private static final int EVENTS_PER_LOOK = 1 << 10;

  private final TraceEvents.Opener trace;
  private final OrderedOptions options;
  private final Cancellation cancellation;
  private final Progress progress;

  private final Tally tally = new Tally();
  private final RunDigest digest = new RunDigest();

  /** Null if the run is not recorded. */
  private OutputStream recording;

  /**
   * @param trace opened once for each cycle
   * @param cancellation ends the run early
   * @param progress is told of the events read
   */
  public OrderedReplay(
      TraceEvents.Opener trace,
      OrderedOptions options,
      Cancellation cancellation,
      Progress progress) {
    this.trace = trace;
    this.options = options;
    this.cancellation = cancellation;
    this.progress = progress;
  }

  /**
   * Records the run, its first cycle, as a trace. Before {@link #run}.
   *
   * @param out closed when the run has ended
   */
  public void recordTo(OutputStream out) {
    recording = out;
  }

  /**
   * Runs.
   *
   * @throws IOException if the trace cannot be read
   * @throws ReplayException if the machine that the trace asks for cannot be made
   */
  public OrderedResult run() throws IOException, ReplayException {
    long startNanos = System.nanoTime();
    TraceMode mode = null;
    int cycles = 0;
    boolean goesOn = true;
    while (cycles < options.cycles() && goesOn) {
      try (TraceEvents events = new AheadEvents(trace.open())) {
        mode = events.header().mode();
        goesOn = pass(events, cycles == 0 && recording != null);
      }
      cycles++;
    }
    progress.update(tally.events, 0);
    return new OrderedResult(
        mode == TraceMode.SWAPPED ? Irqchip.IN_KERNEL : options.irqchip(),
        options.quirks(),
        cycles,
        tally.events,
        tally.operations,
        tally.checkedByKind(),
        tally.swaps,
        tally.withoutEffect,
        tally.byGap(),
        tally.byDifference(),
        tally.divergenceCount(),
        tally.divergences(),
        tally.totals,
        tally.effort,
        digest.value(),
        System.nanoTime() - startNanos,
        cancellation.isRequested());
  }

  /** Replays the trace once. Returns whether the run may go on. */
  private boolean pass(TraceEvents events, boolean records) throws IOException, ReplayException {
    TraceHeader header = events.header();
    try (OrderedCycle cycle = new OrderedCycle(header, options, tally, digest);
        ReplayRecorder recorder =
            records ? new ReplayRecorder(recording, header, cycle.isInKernel()) : null) {
      cycle.recordTo(recorder);
      boolean goesOn = true;
      TraceEvent event;
      while (goesOn && (event = events.next()) != null) {
        tally.events++;
        cycle.take(event);
        goesOn = !cycle.isStopped();
        if (tally.events % EVENTS_PER_LOOK == 0) {
          progress.update(tally.events, 0);
          goesOn &= !cancellation.isRequested();
        }
      }
      cycle.end();
      return goesOn && !cycle.isStopped();
    }
  }
}
