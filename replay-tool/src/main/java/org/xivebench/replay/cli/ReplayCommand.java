package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.kvm.swap.SwapObserver;
import org.xivebench.replay.InputException;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.Progress;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.engine.ConcurrentReplay;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.ReplayOptions;
import org.xivebench.replay.engine.ReplayResult;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.report.ComparisonReport;
import org.xivebench.replay.report.ReplayReport;
import org.xivebench.replay.trace.TraceHeader;
import org.xivebench.replay.trace.TraceMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Replays a trace: in order, or on real threads while controllers are swapped. */
@Command(
    name = "replay",
    description = {
      "%nReplay a trace.%n",
      "Ordered: do each recorded operation again, in order, and compare every recorded result with"
          + " the model's.%n",
      "Concurrent: do again what its devices and vCPUs did, on real threads, with guest drivers that"
          + " handle the interrupts, on one backend or on all in turn, and account for every"
          + " interrupt.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:replayed, nothing found",
      "1:a result differs, interrupts were lost or invented, or something was reported",
      "2:wrong usage",
      "3:the trace cannot be read or is damaged",
      "4:ended early by the user, or salvaged from a damaged trace"
    })
final class ReplayCommand implements Callable<Integer> {
  /** Stimuli between the swaps of a comparison. */
  private static final long COMPARED_SWAP_EVERY = 500;

  private final CommandContext context;

  @Parameters(
      paramLabel = "TRACE",
      description =
          "The trace: a .jfr file of org.xivebench.* events, gzip or not; '-' for standard input.")
  private Path trace;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Where the VM starts; default: the mode of the trace.")
  private String backend;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "ordered: one thread, every result compared; concurrent: a thread for each vCPU. Default:"
              + " concurrent if an option says how (--swap-every, --swap-at, --backend, --pace,"
              + " --speed), else ordered.")
  private ReplayMode mode;

  @Option(
      names = "--swap-every",
      paramLabel = "N",
      description = "Swap to the next backend after every N stimuli.")
  private Long swapEvery;

  @Option(
      names = "--swap-at",
      paramLabel = "SEQ",
      split = ",",
      description = "Swap before the events of these sequence numbers, in each cycle.")
  private List<Long> swapAt = List.of();

  @Option(
      names = "--pace",
      paramLabel = "PACE",
      description =
          "recorded (default): a source is triggered again only when as many of its interrupts have"
              + " been handled as at that point of the recording; none: as fast as possible.")
  private String pace;

  @Option(
      names = "--speed",
      paramLabel = "FACTOR",
      description =
          "Keep the recording's times, this many times as fast; default: do not look at times.")
  private Double speed;

  @Option(
      names = "--cycles",
      paramLabel = "N",
      defaultValue = "1",
      description = "Replay the trace N times in one run; default: 1.")
  private int cycles;

  @Option(
      names = "--compare",
      description =
          "Replay the trace on each backend by itself and on a VM that swaps them (--swap-every;"
              + " default: 500), and print what each run did side by side.")
  private boolean compare;

  // Looked at by the launcher: the checks have to be on before the first lock is made.
  @SuppressWarnings("unused")
  @Option(names = "--lockdep", description = "Check the order of locks.")
  private boolean lockdep;

  @Mixin private TraceInput input;
  @Mixin private OrderedRun ordered;
  @Mixin private ProtocolOptions protocol;
  @Mixin private ReportOptions report;
  @Mixin private RecordOption record;

  ReplayCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    checkOptions();
    try (TraceInput traces = input) {
      boolean inOrder = chosenMode() == ReplayMode.ORDERED;
      TraceEvents.Opener opener =
          inOrder && cycles == 1
              ? () -> TraceEvents.of(traces.openOnce(trace))
              : () -> TraceEvents.of(traces.open(trace));
      int code =
          inOrder
              ? ordered.run(context, report, record, trace, opener, cycles)
              : runConcurrently(opener);
      return input.tellLosses(context, trace, code);
    }
  }

  private int runConcurrently(TraceEvents.Opener opener) throws IOException {
    VmConfig config = protocol.apply(VmConfig.DEFAULT);
    try (Backends backends = new Backends(context.bundles())) {
      TraceMode traceMode = modeOf(opener);
      if (traceMode == TraceMode.SWAPPED) {
        throw new UsageException(
            trace + ": records a run of the bench; replay it with --mode ordered");
      }
      List<DeviceType> rotation = rotation(backends.all(), traceMode);
      if (compare) {
        return compare(opener, rotation, config);
      }
      ReplayOptions options = options(rotation, config);
      try (JsonOutput json = report.openJson(context)) {
        Optional<OutputFile> recordingFile = record.open();
        try {
          ReplayResult result =
              RecordOption.traced(recordingFile, out -> replay(opener, options, out));
          ReplayReport summary = new ReplayReport(trace.toString(), result);
          summary.print(report.text(context), report.color(context));
          json.write(summary::toJson);
          return exitCode(result);
        } finally {
          if (recordingFile.isPresent()) {
            recordingFile.get().close();
          }
        }
      }
    }
  }

  private int compare(TraceEvents.Opener opener, List<DeviceType> rotation, VmConfig config)
      throws IOException {
    try (JsonOutput json = report.openJson(context)) {
      List<ComparisonReport.Run> runs = new ArrayList<>();
      for (DeviceType type : rotation) {
        ReplayOptions alone = options(List.of(type), config).withSwapEvery(0);
        runs.add(new ComparisonReport.Run(type.name(), replay(opener, alone, null)));
      }
      ReplayOptions swapping =
          options(rotation, config)
              .withSwapEvery(swapEvery == null ? COMPARED_SWAP_EVERY : swapEvery);
      runs.add(new ComparisonReport.Run("swapping", replay(opener, swapping, null)));
      ComparisonReport comparison = new ComparisonReport(trace.toString(), runs);
      comparison.print(report.text(context));
      json.write(comparison::toJson);
      if (!comparison.isClean()) {
        return ExitCode.FOUND;
      }
      return context.cancellation().isRequested() ? ExitCode.PARTIAL : ExitCode.OK;
    }
  }

  private static int exitCode(ReplayResult result) {
    if (!result.isClean()) {
      return ExitCode.FOUND;
    }
    return result.interrupted() ? ExitCode.PARTIAL : ExitCode.OK;
  }

  private void checkOptions() {
    if (chosenMode() == ReplayMode.ORDERED && isConcurrentAskedFor()) {
      throw new UsageException(
          "--mode ordered takes none of --swap-every, --swap-at, --backend, --pace and --speed: the"
              + " trace says what happens and when");
    }
    if (chosenMode() == ReplayMode.ORDERED && (lockdep || protocol.isAskedFor())) {
      throw new UsageException(
          "--protocol, --kernel, --with, --without, --move and --lockdep are for --mode concurrent,"
              + " which releases devices under vCPUs that run");
    }
    if (chosenMode() == ReplayMode.CONCURRENT && ordered.isAskedFor()) {
      throw new UsageException(
          "--irqchip, --quirks and --keep-going are for --mode ordered; a concurrent replay is on"
              + " the in-kernel devices and always goes on");
    }
    if (compare && (record.isAskedFor() || !swapAt.isEmpty())) {
      throw new UsageException(
          "--compare makes several runs, and takes neither --record nor --swap-at");
    }
    if (swapEvery != null && swapEvery < 1) {
      throw new UsageException("--swap-every " + swapEvery + ": must be 1 or more stimuli");
    }
    if (swapAt.stream().anyMatch(sequence -> sequence < 1)) {
      throw new UsageException("--swap-at: sequence numbers are counted from 1");
    }
    if (pace != null && !pace.equals("recorded") && !pace.equals("none")) {
      throw new UsageException("--pace " + pace + ": must be recorded or none");
    }
    if (speed != null && !(speed > 0 && speed < Double.POSITIVE_INFINITY)) {
      throw new UsageException("--speed " + speed + ": must be more than 0");
    }
    if (cycles < 1) {
      throw new UsageException("--cycles " + cycles + ": must be 1 or more");
    }
  }

  private ReplayMode chosenMode() {
    if (mode != null) {
      return mode;
    }
    return isConcurrentAskedFor() ? ReplayMode.CONCURRENT : ReplayMode.ORDERED;
  }

  private boolean isConcurrentAskedFor() {
    return compare
        || swapEvery != null
        || !swapAt.isEmpty()
        || backend != null
        || pace != null
        || speed != null;
  }

  /** For the time that is left: reading a trace takes a hundredth of replaying it. */
  private long count(TraceEvents.Opener opener) throws IOException {
    long count = 0;
    try (TraceEvents events = opener.open()) {
      while (!context.cancellation().isRequested() && events.next() != null) {
        count++;
      }
    }
    return count;
  }

  private static TraceMode modeOf(TraceEvents.Opener opener) throws IOException {
    try (TraceEvents events = opener.open()) {
      TraceHeader header = events.header();
      return header.mode();
    }
  }

  /** All backends in the order in which swaps take them, the one to start on first. */
  private List<DeviceType> rotation(List<DeviceType> all, TraceMode traceMode) {
    DeviceType first =
        backend == null ? matching(all, traceMode) : BackendLookup.named(all, backend);
    List<DeviceType> rotation = new ArrayList<>(all);
    Collections.rotate(rotation, -all.indexOf(first));
    return rotation;
  }

  private static DeviceType matching(List<DeviceType> all, TraceMode traceMode) {
    IrqType mode = traceMode == TraceMode.XIVE ? IrqType.XIVE : IrqType.XICS;
    return BackendLookup.first(
        all,
        type -> type.irqType() == mode,
        "no backend for the trace's mode; name one with --backend: ");
  }

  private ReplayOptions options(List<DeviceType> rotation, VmConfig config) {
    return new ReplayOptions(
        rotation,
        swapEvery == null ? 0 : swapEvery,
        new TreeSet<>(swapAt),
        !"none".equals(pace),
        speed == null ? 0 : speed,
        cycles,
        config,
        ReplayOptions.STALL_MILLIS,
        SwapObserver.NONE);
  }

  private ReplayResult replay(
      TraceEvents.Opener opener, ReplayOptions options, OutputStream recording) throws IOException {
    long total = report.showsProgress(context) ? count(opener) * cycles : 0;
    try (ProgressBar bar = report.progress(context, "replaying", "events")) {
      Progress progress = (done, unknown) -> bar.update(done, total);
      ConcurrentReplay run =
          new ConcurrentReplay(opener, options, context.cancellation(), progress);
      if (recording != null) {
        run.recordTo(recording);
      }
      return run.run();
    } catch (ReplayException e) {
      throw new InputException(trace, e.getMessage(), e);
    }
  }
}
