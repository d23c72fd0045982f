package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.swap.Backends;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.conformance.Differences;
import org.xivebench.replay.conformance.Irqchip;
import org.xivebench.replay.conformance.Mismatch;
import org.xivebench.replay.conformance.ScenarioFiles;
import org.xivebench.replay.conformance.ScenarioResult;
import org.xivebench.replay.conformance.ScenarioRunner;
import org.xivebench.xive.Quirks;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs conformance files and compares each result with the recorded one. */
@Command(
    name = "conformance",
    description =
        "%nRun files of operations with the results that a real implementation gave, and compare."
            + " Files below a folder kvm/ run on the in-kernel device, others on the emulated"
            + " controller. A file stops at its first mismatch.%n"
            + "%nExit code 1 if there was a mismatch.%n")
final class ConformanceCommand implements Callable<Integer> {
  private static final int LONGEST_LINE = 240;

  private final CommandContext context;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Files (.jsonl, also compressed; - is standard input), or folders that are searched for"
              + " .jsonl and .jsonl.gz files.")
  private List<Path> files;

  @Option(
      names = "--irqchip",
      paramLabel = "WHERE",
      description = "Run all files on the in-kernel device, or on the emulated one.")
  private Irqchip irqchip;

  @Option(names = "--keep-going", description = "Go on in a file after a mismatch, and count them.")
  private boolean keepGoing;

  @Option(
      names = "--differences",
      description =
          "Run files of an emulated XICS on the in-kernel device, each up to its first difference,"
              + " and tell what kinds of difference there are. Exit code 1 if one is unexplained.")
  private boolean differences;

  @Mixin private QuirksOption quirks;

  @Mixin private ReportOptions report;

  ConformanceCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    try (Backends backends = context.bundles() == null ? null : new Backends(context.bundles())) {
      return run(BackendLookup.in(backends));
    }
  }

  private int run(Function<IrqType, DeviceType> deviceTypes) throws IOException {
    if (differences) {
      return compare(deviceTypes);
    }
    ScenarioRunner runner = new ScenarioRunner(deviceTypes, quirks.quirks(), keepGoing);
    List<Path> found = ScenarioFiles.find(files);
    List<ScenarioResult> results = new ArrayList<>();
    try (JsonOutput json = report.openJson(context)) {
      PrintStream text = report.text(context);
      for (Path file : found) {
        if (context.cancellation().isRequested()) {
          break;
        }
        ScenarioResult result = runner.run(file, irqchip);
        results.add(result);
        print(result, text);
      }
      text.printf(
          "%d files, %d operations, %d mismatches%n",
          results.size(), operations(results), mismatches(results));
      json.write(() -> toJson(results));
    }
    if (results.size() < found.size()) {
      return ExitCode.PARTIAL;
    }
    return mismatches(results) == 0 ? ExitCode.OK : ExitCode.FOUND;
  }

  private int compare(Function<IrqType, DeviceType> deviceTypes) throws IOException {
    if (irqchip == Irqchip.EMULATED || keepGoing || !quirks.quirks().equals(Quirks.NONE)) {
      throw new UsageException(
          "--differences is about the in-kernel device and the first difference of each file:"
              + " leave out --irqchip, --keep-going and --quirks");
    }
    Differences found = new Differences(deviceTypes);
    List<Path> paths = ScenarioFiles.find(files);
    try (JsonOutput json = report.openJson(context)) {
      for (Path file : paths) {
        if (context.cancellation().isRequested()) {
          break;
        }
        found.run(file);
      }
      DifferencesReport reported = new DifferencesReport(found);
      reported.print(report.text(context));
      json.write(reported::toJson);
    }
    return exitCode(found, paths.size());
  }

  /**
   * @param fileCount how many files were to be run
   */
  static int exitCode(Differences found, int fileCount) {
    if (found.fileCount() < fileCount) {
      return ExitCode.PARTIAL;
    }
    return found.unexplained() == 0 ? ExitCode.OK : ExitCode.FOUND;
  }

  private static long operations(List<ScenarioResult> results) {
    return results.stream().mapToLong(ScenarioResult::operations).sum();
  }

  private static long mismatches(List<ScenarioResult> results) {
    return results.stream().mapToLong(ScenarioResult::mismatchCount).sum();
  }

  private static void print(ScenarioResult result, PrintStream out) {
    if (result.passed()) {
      out.printf("PASS %s %d%n", result.scenario(), result.operations());
      return;
    }
    for (Mismatch mismatch : result.mismatches()) {
      out.printf("FAIL %s%n", describe(result.scenario(), mismatch));
      long line = mismatch.line() - mismatch.before().size();
      for (String before : mismatch.before()) {
        out.printf("  line %d: %s%n", line++, shortened(before));
      }
    }
    long more = result.mismatchCount() - result.mismatches().size();
    if (more > 0) {
      out.printf("FAIL %s: %d more mismatches%n", result.scenario(), more);
    }
  }

  /** Says where a mismatch is and what it is, in a line. */
  static String describe(String scenario, Mismatch mismatch) {
    return String.format(
        Locale.ROOT,
        "%s line %d: %s, expected %s, got %s",
        scenario,
        mismatch.line(),
        shortened(mismatch.operation()),
        mismatch.expected(),
        mismatch.got());
  }

  private static String shortened(String line) {
    return line.length() <= LONGEST_LINE ? line : line.substring(0, LONGEST_LINE) + "…";
  }

  private static ObjectNode toJson(List<ScenarioResult> results) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("files", results.size())
        .put("operations", operations(results))
        .put("mismatches", mismatches(results));
    ArrayNode list = root.putArray("results");
    for (ScenarioResult result : results) {
      ObjectNode entry =
          list.addObject()
              .put("file", result.file().toString())
              .put("scenario", result.scenario())
              .put("irqchip", result.irqchip().toString())
              .put("operations", result.operations())
              .put("mismatches", result.mismatchCount());
      ArrayNode first = entry.putArray("firstMismatches");
      for (Mismatch mismatch : result.mismatches()) {
        describe(first.addObject(), mismatch);
      }
    }
    return root;
  }

  /** Adds a mismatch to a JSON object. */
  static ObjectNode describe(ObjectNode entry, Mismatch mismatch) {
    return entry
        .put("line", mismatch.line())
        .put("operation", mismatch.operation())
        .put("expected", mismatch.expected().toString())
        .put("got", mismatch.got().toString());
  }
}
