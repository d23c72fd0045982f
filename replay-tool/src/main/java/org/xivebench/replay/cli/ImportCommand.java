package org.xivebench.replay.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Makes a trace of what another program recorded; the importers are its subcommands. */
@Command(
    name = "import",
    synopsisSubcommandLabel = "FORMAT",
    subcommands = {ImportQemuCommand.class, ImportFtraceCommand.class, ImportJvmCommand.class},
    description = "%nMake a trace of what another program recorded.%n")
final class ImportCommand implements Callable<Integer> {
  private final CommandContext context;
  @Spec private CommandSpec spec;

  ImportCommand(CommandContext context) {
    this.context = context;
  }

  /** What the subcommands have to work with. */
  CommandContext context() {
    return context;
  }

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "no format is given, one of " + String.join(", ", spec.subcommands().keySet()));
  }
}
