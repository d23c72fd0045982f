package org.xivebench.replay.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xivebench.replay.importer.QemuLogImporter;
import org.xivebench.replay.jfr.ReadMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Makes a trace of a QEMU log. */
@Command(
    name = "qemu",
    description = {
      "%nMake a trace of the log of QEMU's pseries machine, version 7.2 or 10.%n",
      "QEMU writes a log of its trace events with '-msg timestamp=on -D LOG --trace events=FILE',"
          + " where FILE has the lines xive_*, spapr_xive_*, xics_*, spapr_cas_*, spapr_vio_* and"
          + " ppc_irq_set. For guests in XICS mode '-d int' is needed besides. The log may be"
          + " compressed with gzip or xz. docs/import-qemu.md has the whole of it.%n"
    })
final class ImportQemuCommand implements Callable<Integer> {
  @ParentCommand private ImportCommand parent;

  @Parameters(paramLabel = "LOG", description = "The log.")
  private Path log;

  @Option(
      names = "--snapshots",
      paramLabel = "FILE",
      description =
          "What the monitor printed for each 'info pic' that the log has, behind a line '=== snapshot"
              + " N' each; compressed or not. Ordered replay compares it.")
  private Path snapshots;

  @Option(
      names = "--salvage",
      description =
          "Import a log that is cut off in a line or in its compressed data up to there, say where,"
              + " and exit with 4.")
  private boolean salvage;

  @Mixin private ImportOptions options;

  @Override
  public Integer call() throws IOException {
    CommandContext context = parent.context();
    ReadMode mode = salvage ? ReadMode.SALVAGE : ReadMode.STRICT;
    return options.run(
        context,
        log,
        (out, progress) ->
            QemuLogImporter.run(log, snapshots, mode, out, progress, context.cancellation()));
  }
}
