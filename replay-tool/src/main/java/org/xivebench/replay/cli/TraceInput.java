package org.xivebench.replay.cli;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.trace.TraceJsonReader;
import org.xivebench.replay.trace.TraceLosses;
import org.xivebench.replay.trace.TraceReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/**
 * How a command opens its trace: a file, or {@code -} for standard input; damaged ones too, with
 * {@code --salvage}.
 */
final class TraceInput implements Closeable {
  private static final Path STANDARD_INPUT = Path.of("-");
  private static final Path STANDARD_INPUT_NAME = Path.of("standard input");

  /** Losses shown; a file may be damaged everywhere. */
  private static final int SHOWN = 20;

  @Option(
      names = "--salvage",
      description =
          "Use what is whole of a trace that is damaged or incomplete, say what is not, and exit"
              + " with 4.")
  private boolean salvage;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  private Path spooled;

  /** Of the trace that was opened last. */
  private TraceLosses losses;

  /** Opens a trace that is read once. */
  TraceReader openOnce(Path trace) throws IOException {
    return opened(
        trace.equals(STANDARD_INPUT)
            ? TraceReader.open(System.in, STANDARD_INPUT_NAME, mode())
            : TraceReader.open(trace, mode()));
  }

  /** Opens a trace in JSON Lines. */
  TraceJsonReader openJson(Path trace) throws IOException {
    TraceJsonReader reader = TraceJsonReader.open(trace, mode());
    losses = reader.losses();
    return reader;
  }

  /**
   * Opens a trace from its beginning, any number of times; standard input, or a pipe, is kept in a
   * file.
   */
  TraceReader open(Path trace) throws IOException {
    boolean standardInput = trace.equals(STANDARD_INPUT);
    if (!standardInput && !isPipe(trace)) {
      return openOnce(trace);
    }
    if (spooled == null) {
      Path file = Files.createTempFile("xivebench-input", ".jfr");
      spooled = file;
      try (InputStream in = standardInput ? System.in : new FileInputStream(trace.toFile())) {
        long unusedSize = Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Path name = standardInput ? STANDARD_INPUT_NAME : trace;
    return opened(TraceReader.open(Files.newInputStream(spooled), name, mode()));
  }

  private static boolean isPipe(Path trace) {
    return Files.isReadable(trace) && !Files.isRegularFile(trace) && !Files.isDirectory(trace);
  }

  private TraceReader opened(TraceReader reader) {
    losses = reader.losses();
    return reader;
  }

  private ReadMode mode() {
    return salvage ? ReadMode.SALVAGE : ReadMode.STRICT;
  }

  /**
   * Says what was lost of the trace that was opened last, if anything was.
   *
   * @param exitCode the command's, if nothing was lost
   * @return the exit code that it is then
   */
  int tellLosses(CommandContext context, Path trace, int exitCode) {
    return tellLosses(context, trace, losses, exitCode);
  }

  /** The same for one of several traces. */
  int tellLosses(CommandContext context, Path trace, TraceLosses losses, int exitCode) {
    if (losses.isEmpty()) {
      return exitCode;
    }
    List<String> lines = losses.lines();
    context
        .err()
        .println(command.qualifiedName() + ": " + trace + ": not whole; what is lost of it:");
    lines.stream().limit(SHOWN).forEach(line -> context.err().println("  " + line));
    if (lines.size() > SHOWN) {
      context.err().println("  and " + (lines.size() - SHOWN) + " more");
    }
    return exitCode == ExitCode.OK ? ExitCode.PARTIAL : exitCode;
  }

  @Override
  public void close() throws IOException {
    if (spooled != null) {
      Files.deleteIfExists(spooled);
    }
  }
}
