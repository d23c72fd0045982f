package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.InputException;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class XivebenchCommandLineTest {
  /** A command that does as it is told. */
  @Command(name = "probe", description = "Ends in a chosen way.")
  private static final class Probe implements Callable<Integer> {
    private final CommandContext context;

    @Option(names = "--fail", description = "How to end.")
    private String fail = "not";

    Probe(CommandContext context) {
      this.context = context;
    }

    @Override
    public Integer call() throws InputException {
      switch (fail) {
        case "usage" -> throw new UsageException("no backend named x");
        case "input" ->
            throw new InputException(Path.of("t.jfr"), "offset 0x40", "no chunk header");
        case "memory" -> throw new OutOfMemoryError("Java heap space");
        case "found" -> {
          return ExitCode.FOUND;
        }
        default -> {
          context.out().println(context.cancellation().isRequested());
          return ExitCode.OK;
        }
      }
    }
  }

  private final CommandLineHarness harness =
      new CommandLineHarness(context -> List.of(new Probe(context)));

  @Test
  void run_withoutCommand_isUsageError() {
    assertEquals(
        new Outcome(ExitCode.USAGE, "", "xivebench: no command is given; see 'xivebench --help'\n"),
        harness.run());
  }

  @Test
  void run_withUnknownCommand_namesIt() {
    assertEquals(
        new Outcome(
            ExitCode.USAGE, "", "xivebench: unknown command xyzzy; see 'xivebench --help'\n"),
        harness.run("xyzzy"));
  }

  @Test
  void run_withMisspeltCommand_suggestsOne() {
    assertEquals(
        new Outcome(
            ExitCode.USAGE,
            "",
            "xivebench: unknown command prob; is probe meant?; see 'xivebench --help'\n"),
        harness.run("prob"));
  }

  @Test
  void run_withUnknownOption_namesItAndTheCommandsHelp() {
    assertEquals(
        new Outcome(
            ExitCode.USAGE,
            "",
            "xivebench probe: unknown option --xyzzy; see 'xivebench help probe'\n"),
        harness.run("probe", "--xyzzy"));
  }

  @Test
  void run_withArgumentTooMany_namesIt() {
    assertEquals(
        new Outcome(
            ExitCode.USAGE,
            "",
            "xivebench probe: unexpected argument xyzzy; see 'xivebench help probe'\n"),
        harness.run("probe", "xyzzy"));
  }

  @Test
  void help_ofUnknownCommand_isUsageError() {
    Outcome outcome = harness.run("help", "xyzzy");
    assertEquals(ExitCode.USAGE, outcome.exitCode());
    assertEquals("", outcome.out());
    assertEquals(1, outcome.err().lines().count(), outcome.err());
  }

  @Test
  void help_ofWhole_goesToStandardOutputAndListsEveryCommand() {
    Outcome outcome = harness.run("--help");
    assertEquals(ExitCode.OK, outcome.exitCode());
    assertEquals("", outcome.err());
    assertTrue(outcome.out().lines().anyMatch("  probe  Ends in a chosen way."::equals));
  }

  @Test
  void version_namesProductAndJava() {
    Outcome outcome = harness.run("--version");
    assertEquals(ExitCode.OK, outcome.exitCode());
    List<String> lines = outcome.out().lines().toList();
    assertTrue(lines.get(0).startsWith("xivebench "), outcome.out());
    assertTrue(lines.get(1).startsWith("Java " + Runtime.version().feature()), outcome.out());
  }

  @Test
  void cancel_whenNothingRuns_leavesTheNextCommandAlone() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    XivebenchCommandLine commandLine =
        new XivebenchCommandLine(null, Map.of(), context -> List.of(new Probe(context)));
    commandLine.cancel();
    commandLine.run(new String[] {"probe"}, new PrintStream(out, true, UTF_8), System.err);
    assertEquals("false\n", out.toString(UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "not,0,''",
    "found,1,''",
    "usage,2,xivebench probe: no backend named x",
    "input,3,xivebench probe: t.jfr: offset 0x40: no chunk header",
  })
  void command_thatEndsSo_givesExitCodeAndLine(String how, int code, String message) {
    Outcome outcome = harness.run("probe", "--fail", how);
    assertEquals(code, outcome.exitCode());
    assertEquals(message, outcome.err().strip());
  }

  @Test
  void command_thatRunsOutOfMemory_saysWhatHelps() {
    Outcome outcome = harness.run("probe", "--fail", "memory");
    assertEquals(ExitCode.SOFTWARE, outcome.exitCode());
    assertEquals(
        "xivebench: out of memory (Java heap space); XIVEBENCH_JAVA_OPTS=-Xmx4g gives more;"
            + " with XIVEBENCH_DEBUG=1 a stack trace shows where\n",
        outcome.err());
  }
}
