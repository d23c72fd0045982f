package org.xivebench.replay.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.xivebench.replay.UsageException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The files that a command line names: none that is written may be one that is read, or be written
 * twice.
 */
final class FileArguments {
  /** Options that name a file to write. */
  private static final Set<String> OUTPUTS =
      Set.of("--output", "--json", "--csv", "--html", "--perfetto", "--record");

  /** The same of a parameter. */
  private static final String OUTPUT_PARAMETER = "OUT";

  private static final Path STANDARD_STREAM = Path.of("-");

  private FileArguments() {}

  private record Output(String name, Path path) {}

  /**
   * Looks at what was parsed, before a command is run.
   *
   * @throws UsageException if a file would be lost
   */
  static void check(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    List<Path> inputs = new ArrayList<>();
    List<Output> outputs = new ArrayList<>();
    for (ArgSpec argument : last.matchedArgs()) {
      if (isOutput(argument)) {
        outputs.add(new Output(nameOf(argument), Path.of(argument.getValue().toString())));
      } else {
        addPaths(argument.getValue(), inputs);
      }
    }
    for (int i = 0; i < outputs.size(); i++) {
      Output output = outputs.get(i);
      if (inputs.stream().anyMatch(input -> areSame(input, output.path))) {
        throw new UsageException(output.path + ": is the input itself; name another file to write");
      }
      for (Output other : outputs.subList(0, i)) {
        if (areSame(other.path, output.path)) {
          throw new UsageException(
              output.path + ": is named by " + other.name + " and by " + output.name);
        }
      }
    }
  }

  private static boolean isOutput(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? OUTPUTS.contains(option.longestName())
        : argument.paramLabel().equals(OUTPUT_PARAMETER);
  }

  private static String nameOf(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static void addPaths(Object value, List<Path> paths) {
    if (value instanceof Path path) {
      paths.add(path);
    } else if (value instanceof Collection<?> several) {
      several.forEach(each -> addPaths(each, paths));
    }
  }

  /** Whether two names are of one file. Pipes and devices may be named twice. */
  private static boolean areSame(Path one, Path other) {
    if (one.equals(STANDARD_STREAM) || other.equals(STANDARD_STREAM)) {
      return false;
    }
    try {
      if (Files.exists(one) && Files.exists(other)) {
        return Files.isRegularFile(one) && Files.isSameFile(one, other);
      }
    } catch (IOException e) {
      return false; // whoever opens it says what is wrong
    }
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }
}
