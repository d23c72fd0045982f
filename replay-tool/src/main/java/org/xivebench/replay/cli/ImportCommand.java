package org.xivebench.replay.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes a trace of what another program recorded; the importers are its subcommands. */
@Command(
    name = "import",
    synopsisSubcommandLabel = "FORMAT",
    description = "%nMake a trace of what another program recorded.%n")
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** The command with its subcommands. */
  static CommandLine create(CommandContext context) {
    return new CommandLine(new ImportCommand()).addSubcommand(new ImportQemuCommand(context));
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "no format is given, one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
