package org.xivebench.replay.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.importer.FtraceImporter;
import org.xivebench.replay.jfr.ReadMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Makes a trace of the text of a Linux kernel trace. */
@Command(
    name = "ftrace",
    description = {
      "%nMake a trace of the text of a Linux kernel trace: tracefs' 'trace', 'trace-cmd report' or"
          + " 'perf script'.%n",
      "It should have the events irq:*, ipi:* and powerpc:hcall_*, and kprobes on the interrupt"
          + " driver: xive_spapr_configure_irq (hw, target, prio, sw), xive_get_irq (returned virq),"
          + " xive_irq_eoi (irq, hwirq), xive_cause_ipi (cpu), xive_ipi_eoi; or icp_hv_get_irq,"
          + " icp_hv_eoi, icp_hv_cause_ipi. docs/traces.md has the commands. Of a host, kvm_hv:*."
          + " The text may be compressed with gzip or xz.%n"
    })
final class ImportFtraceCommand implements Callable<Integer> {
  @ParentCommand private ImportCommand parent;

  @Parameters(paramLabel = "TEXT", description = "The text.")
  private Path text;

  @Option(
      names = "--tick-hz",
      paramLabel = "N",
      defaultValue = "" + FtraceImporter.TIMEBASE_HZ,
      description =
          "What times that are whole numbers count, in a second; default: ${DEFAULT-VALUE}, the"
              + " time base of POWER (trace_clock ppc-tb).")
  private long tickHz;

  @Option(
      names = "--salvage",
      description =
          "Import a text that is cut off in a line or in its compressed data up to there, say where,"
              + " and exit with 4.")
  private boolean salvage;

  @Mixin private ImportOptions options;

  @Override
  public Integer call() throws IOException {
    if (tickHz < 1) {
      throw new UsageException("--tick-hz " + tickHz + ": must be 1 or more");
    }
    CommandContext context = parent.context();
    ReadMode mode = salvage ? ReadMode.SALVAGE : ReadMode.STRICT;
    return options.run(
        context,
        text,
        (out, progress) ->
            FtraceImporter.run(text, tickHz, mode, out, progress, context.cancellation()));
  }
}
