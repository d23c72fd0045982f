package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.analysis.Glob;
import org.xivebench.replay.analysis.rule.Rule;
import org.xivebench.replay.analysis.rule.Rules;
import org.xivebench.replay.analysis.rule.UserRules;
import picocli.CommandLine.Option;

/** Which rules are applied. */
final class RuleOptions {
  private static final String LIST = "list";

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description =
          "Apply the rules of this JSON file, too; 'list' lists the rules there are instead.")
  private String rules;

  @Option(
      names = "--ignore",
      paramLabel = "NAMES",
      split = ",",
      description = "Do not apply these rules; * and ? as in file names.")
  private List<String> ignored = List.of();

  /** Whether the rules are to be listed and nothing else is to be done. */
  boolean isList() {
    return LIST.equals(rules);
  }

  /** Lists the rules. */
  static void list(PrintStream out) {
    for (Rule rule : Rules.all()) {
      out.printf(Locale.ROOT, "%-24s %s%n", rule.name(), rule.description());
    }
  }

  /** The rules to apply. */
  List<Rule> rules() throws IOException {
    List<Rule> all = new ArrayList<>(Rules.all());
    if (rules != null) {
      all.addAll(UserRules.read(Path.of(rules)));
    }
    all.removeIf(rule -> Glob.anyOf(ignored).test(rule.name()));
    return all;
  }
}
