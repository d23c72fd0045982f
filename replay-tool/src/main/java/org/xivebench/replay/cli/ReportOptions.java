package org.xivebench.replay.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.xivebench.replay.OutputFile;
import picocli.CommandLine.Option;

/** How a command reports: options that mean the same wherever they occur. */
final class ReportOptions {
  private static final String STANDARD_OUTPUT = "-";

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description =
          "Write the result as JSON too. With '-' it goes to standard output, and nothing else does.")
  private String json;

  @Option(
      names = "--quiet",
      description = "Print no report and no progress: errors, and the exit code, are all.")
  private boolean quiet;

  @Option(
      names = "--no-color",
      description = "Do not colour the report. NO_COLOR in the environment does the same.")
  private boolean noColor;

  /** Where the report for people goes: nowhere when it is not wanted, or would mix with JSON. */
  PrintStream text(CommandContext context) {
    return quiet || STANDARD_OUTPUT.equals(json)
        ? new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)
        : context.out();
  }

  /** Whether the report for people may hold colour escapes. */
  boolean color(CommandContext context) {
    Terminal terminal = context.terminal();
    return !noColor && terminal.outIsTerminal() && terminal.colorAllowed();
  }

  /** Whether a progress bar is seen. */
  boolean showsProgress(CommandContext context) {
    return !quiet && context.terminal().errIsTerminal();
  }

  /**
   * A progress bar on standard error, or none when that is no terminal or the command is to be
   * quiet.
   *
   * @param label what is done, a word or two
   * @param unit what is counted, in the plural
   */
  ProgressBar progress(CommandContext context, String label, String unit) {
    return showsProgress(context)
        ? new ProgressBar(context.err(), label, unit, System::nanoTime)
        : ProgressBar.hidden();
  }

  /**
   * Prepares the JSON output, before any work is done for it.
   *
   * @throws org.xivebench.replay.UsageException when the file cannot be written
   */
  JsonOutput openJson(CommandContext context) {
    if (json == null) {
      return JsonOutput.none();
    }
    return STANDARD_OUTPUT.equals(json)
        ? JsonOutput.to(context.out())
        : JsonOutput.to(OutputFile.create(Path.of(json)));
  }
}
