package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.Progress;
import org.xivebench.replay.importer.ImportReport;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What the importers have in common: where the trace goes, and what is said of the import. */
final class ImportOptions {
  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.jfr",
      description = "The trace to write.")
  private Path output;

  @Mixin private ReportOptions report;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  /** One importer at work. */
  @FunctionalInterface
  interface Importer {
    /** Imports into a stream, which it closes. */
    ImportReport run(OutputStream out, Progress progress) throws IOException;
  }

  /** Where what is said besides goes. */
  PrintStream text(CommandContext context) {
    return report.text(context);
  }

  /** Runs an importer on a file, and says what came out; returns the exit code. */
  int run(CommandContext context, Path input, Importer importer) throws IOException {
    try (JsonOutput json = report.openJson(context);
        OutputFile file = OutputFile.create(output)) {
      ImportReport result;
      try (ProgressBar progress = report.progress(context, "import", "bytes")) {
        result = importer.run(file.newStream(), progress);
      }
      if (context.cancellation().isRequested()) {
        context.err().println(command.qualifiedName() + ": interrupted; nothing was written");
        return ExitCode.PARTIAL;
      }
      file.commit();
      print(input, result, report.text(context));
      json.write(() -> toJson(result));
      if (result.loss() != null) {
        context
            .err()
            .println(
                command.qualifiedName()
                    + ": "
                    + input
                    + ": not whole; left out is "
                    + result.loss());
        return ExitCode.PARTIAL;
      }
    }
    return ExitCode.OK;
  }

  private void print(Path input, ImportReport result, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%s: %,d %s read, %,d events taken, %,d %s skipped%n",
        input,
        result.lines(),
        result.unit(),
        result.events(),
        result.skippedLines(),
        result.unit());
    out.printf(
        Locale.ROOT,
        "%s: mode %s, %d vCPUs, %d sources%n",
        output,
        result.header().mode().label(),
        result.header().vcpuCount(),
        result.header().sources().size());
    result.approximations().forEach(each -> out.println("approximate: " + each));
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

  private static ObjectNode toJson(ImportReport result) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put(result.unit(), result.lines());
    root.put("bytes", result.textBytes());
    root.put("events", result.events());
    root.put("mode", result.header().mode().label());
    root.put("vcpus", result.header().vcpuCount());
    root.put("sources", result.header().sources().size());
    result.approximations().forEach(root.putArray("approximate")::add);
    ObjectNode taken = root.putObject("taken");
    result.taken().forEach((kind, count) -> taken.put(kind.simpleName(), count));
    ObjectNode skipped = root.putObject("skipped");
    result.skipped().forEach(skipped::put);
    return root;
  }
}
