package org.xivebench.replay.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.InputException;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.engine.ReplayException;
import org.xivebench.replay.engine.TraceEvents;
import org.xivebench.replay.ordered.OrderedOptions;
import org.xivebench.replay.ordered.OrderedReplay;
import org.xivebench.replay.ordered.OrderedResult;
import org.xivebench.replay.report.OrderedReport;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The ordered way of {@link ReplayCommand}, and the options that only it has. */
final class OrderedRun {
  @Option(
      names = "--irqchip",
      paramLabel = "WHERE",
      description =
          "Ordered: replay on the in-kernel device, or on the emulated controller; default: where"
              + " the trace was recorded.")
  private Irqchip irqchip;

  @Option(
      names = "--keep-going",
      description = "Ordered: go on after a divergence, and count them.")
  private boolean keepGoing;

  @Mixin private QuirksOption quirks;

  /** Whether an option was given that says nothing to a concurrent replay. */
  boolean isAskedFor() {
    return irqchip != null || keepGoing || quirks.isGiven();
  }

  /** Replays, reports, and returns the exit code. */
  int run(
      CommandContext context,
      ReportOptions report,
      RecordOption record,
      Path trace,
      TraceEvents.Opener opener,
      int cycles)
      throws IOException {
    try (JsonOutput json = report.openJson(context);
        Backends backends = context.bundles() == null ? null : new Backends(context.bundles())) {
      OrderedOptions options =
          new OrderedOptions(
              irqchip == null ? Irqchip.EMULATED : irqchip,
              quirks.quirks(),
              BackendLookup.in(backends),
              keepGoing,
              cycles);
      OrderedResult result = recorded(record, context, report, opener, options);
      OrderedReport summary = new OrderedReport(trace.toString(), result);
      summary.print(report.text(context), report.color(context));
      json.write(summary::toJson);
      if (result.divergenceCount() > 0) {
        return ExitCode.FOUND;
      }
      return result.interrupted() ? ExitCode.PARTIAL : ExitCode.OK;
    } catch (ReplayException e) {
      throw new InputException(trace, e.getMessage(), e);
    }
  }

  private static OrderedResult recorded(
      RecordOption record,
      CommandContext context,
      ReportOptions report,
      TraceEvents.Opener opener,
      OrderedOptions options)
      throws IOException, ReplayException {
    Optional<OutputFile> file = record.open();
    try (ProgressBar bar = report.progress(context, "replaying", "events")) {
      OrderedReplay replay = new OrderedReplay(opener, options, context.cancellation(), bar);
      if (file.isEmpty()) {
        return replay.run();
      }
      replay.recordTo(file.get().newStream());
      OrderedResult result = replay.run();
      file.get().commit();
      return result;
    } finally {
      if (file.isPresent()) {
        file.get().close();
      }
    }
  }
}
