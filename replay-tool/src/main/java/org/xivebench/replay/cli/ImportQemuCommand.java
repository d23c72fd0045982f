package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.importer.ImportReport;
import org.xivebench.replay.importer.QemuLogImporter;
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
      "QEMU writes a log of its trace events with '-D LOG --trace events=FILE', where FILE has the"
          + " lines xive_*, spapr_xive_*, xics_*, spapr_cas_*, spapr_vio_* and ppc_irq_set. For"
          + " guests in XICS mode '-d int' is needed besides. The log may be compressed with gzip"
          + " or xz.%n"
    })
final class ImportQemuCommand implements Callable<Integer> {
  @ParentCommand private ImportCommand parent;

  @Parameters(paramLabel = "LOG", description = "The log.")
  private Path log;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.jfr",
      description = "The trace to write.")
  private Path output;

  @Mixin private ReportOptions report;

  @Override
  public Integer call() throws IOException {
    CommandContext context = parent.context();
    if (Files.exists(log) && Files.exists(output) && Files.isSameFile(log, output)) {
      throw new UsageException(output + ": is the log itself; name another file to write");
    }
    try (JsonOutput json = report.openJson(context);
        OutputFile file = OutputFile.create(output)) {
      ImportReport result;
      try (ProgressBar progress = report.progress(context, "import", "bytes")) {
        result = QemuLogImporter.run(log, file.newStream(), progress, context.cancellation());
      }
      if (context.cancellation().isRequested()) {
        context.err().println("xivebench import qemu: interrupted; nothing was written");
        return ExitCode.PARTIAL;
      }
      file.commit();
      print(result, report.text(context));
      json.write(() -> toJson(result));
    }
    return ExitCode.OK;
  }

  private void print(ImportReport result, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%s: %,d lines read, %,d events taken, %,d lines skipped%n",
        log,
        result.lines(),
        result.events(),
        result.skippedLines());
    out.printf(
        Locale.ROOT,
        "%s: mode %s, %d vCPUs, %d sources%n",
        output,
        result.header().mode().label(),
        result.header().vcpuCount(),
        result.header().sources().size());
    out.println("taken:");
    result
        .taken()
        .forEach(
            (kind, count) -> out.printf(Locale.ROOT, "  %,12d  %s%n", count, kind.simpleName()));
    out.println("skipped:");
    result
        .skipped()
        .forEach((reason, count) -> out.printf(Locale.ROOT, "  %,12d  %s%n", count, reason));
  }

  private ObjectNode toJson(ImportReport result) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("lines", result.lines());
    root.put("bytes", result.textBytes());
    root.put("events", result.events());
    root.put("mode", result.header().mode().label());
    root.put("vcpus", result.header().vcpuCount());
    root.put("sources", result.header().sources().size());
    ObjectNode taken = root.putObject("taken");
    result.taken().forEach((kind, count) -> taken.put(kind.simpleName(), count));
    ObjectNode skipped = root.putObject("skipped");
    result.skipped().forEach(skipped::put);
    return root;
  }
}
