package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** What holds for every command that there is. */
class CommandsTest {
  private final CommandLineHarness harness = new CommandLineHarness(Commands::create);

  @TestFactory
  Stream<DynamicTest> help_ofEachCommand_isTheSameByOptionAndByCommand() {
    return commands()
        .map(
            spec ->
                DynamicTest.dynamicTest(
                    spec.name(),
                    () -> {
                      Outcome byCommand = harness.run("help", spec.name());
                      assertEquals(ExitCode.OK, byCommand.exitCode());
                      assertTrue(
                          byCommand.out().startsWith("Usage: xivebench " + spec.name()),
                          byCommand.out());
                      assertEquals(byCommand, harness.run(spec.name(), "--help"));
                    }));
  }

  @TestFactory
  Stream<DynamicTest> help_ofEachCommand_describesEveryOptionAndArgument() {
    return commands()
        .map(spec -> DynamicTest.dynamicTest(spec.name(), () -> assertDescribed(spec)));
  }

  private static void assertDescribed(CommandSpec spec) {
    assertTrue(spec.usageMessage().description().length > 0, spec.name());
    for (ArgSpec argument : spec.args()) {
      assertTrue(argument.description().length > 0, spec.name() + " " + argument);
    }
    spec.subcommands().values().forEach(sub -> assertDescribed(sub.getCommandSpec()));
  }

  private static Stream<CommandSpec> commands() {
    CommandContext context =
        new CommandContext(null, System.out, System.err, Terminal.NONE, new Cancellation());
    return Commands.create(context).stream()
        .map(command -> new CommandLine(command).getCommandSpec());
  }
}
