package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Runs the command line outside of a framework and keeps what it printed. */
final class CommandLineHarness {
  private final Function<CommandContext, List<Object>> commands;

  CommandLineHarness(Function<CommandContext, List<Object>> commands) {
    this.commands = commands;
  }

  /** What one run gave. */
  record Outcome(int exitCode, String out, String err) {}

  Outcome run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        new XivebenchCommandLine(null, Map.of(), commands)
            .run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    return new Outcome(exitCode, out.toString(UTF_8), err.toString(UTF_8));
  }
}
