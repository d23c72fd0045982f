package org.xivebench.replay.cli;

import java.io.PrintStream;
import java.util.List;
import org.xivebench.replay.InputException;
import org.xivebench.replay.OutputException;
import org.xivebench.replay.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The one place where an exception becomes what the user sees: a line on standard error and an exit
 * code. A stack trace is for defects of the program, and only shown when asked for.
 */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final PrintStream err;
  private final boolean debug;

  /**
   * @param err where the messages go
   * @param debug whether stack traces are shown
   */
  Failures(PrintStream err, boolean debug) {
    this.err = err;
    this.debug = debug;
  }

  /** The command line itself is wrong. */
  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String message = oneLine(e.getMessage());
    if (e instanceof UnmatchedArgumentException unmatched) {
      List<String> suggestions = unmatched.getSuggestions();
      message =
          unmatched.isUnknownOption()
              ? "unknown option " + unmatched.getUnmatched().get(0)
              : command.getParent() == null
                  ? "unknown command " + unmatched.getUnmatched().get(0)
                  : "unexpected argument " + unmatched.getUnmatched().get(0);
      if (!suggestions.isEmpty()) {
        message += "; is " + String.join(" or ", suggestions) + " meant?";
      }
    }
    report(name(command), message + "; see '" + helpFor(command) + "'");
    return ExitCode.USAGE;
  }

  /** A command ended with an exception. */
  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    return handle(e, name(command));
  }

  /** Whatever else was thrown, errors of the Java virtual machine among it. */
  int handle(Throwable e, String name) {
    if (debug) {
      e.printStackTrace(err);
    }
    if (e instanceof UsageException) {
      report(name, oneLine(e.getMessage()));
      return ExitCode.USAGE;
    }
    if (e instanceof OutputException) {
      report(name, oneLine(e.getMessage()));
      return ExitCode.USAGE;
    }
    if (e instanceof InputException) {
      report(name, oneLine(e.getMessage()));
      return ExitCode.INPUT;
    }
    String hint = debug ? "" : "; with XIVEBENCH_DEBUG=1 a stack trace shows where";
    if (e instanceof OutOfMemoryError) {
      report(
          name,
          "out of memory (" + e.getMessage() + "); XIVEBENCH_JAVA_OPTS=-Xmx4g gives more" + hint);
    } else {
      report(
          name,
          "unexpected " + e.getClass().getSimpleName() + ": " + oneLine(e.getMessage()) + hint);
    }
    return ExitCode.SOFTWARE;
  }

  private void report(String name, String message) {
    err.println(name + ": " + message);
  }

  /** The command that was to be run, as the user calls it. */
  static String nameOfLast(ParseResult parsed) {
    List<CommandLine> commands = parsed.asCommandLineList();
    return name(commands.get(commands.size() - 1));
  }

  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName();
  }

  private static String helpFor(CommandLine command) {
    return command.getParent() == null
        ? name(command) + " --help"
        : "xivebench help " + name(command).substring("xivebench ".length());
  }

  private static String oneLine(String message) {
    return message == null ? "no message" : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
