package org.xivebench.replay.cli;

import java.util.List;

/** The commands there are, in the order in which the help lists them. A new one is added here. */
final class Commands {
  private Commands() {}

  /** New instances of all commands, for one run. */
  static List<Object> create(CommandContext context) {
    return List.of(
        new ReplayCommand(context),
        new AnalyseCommand(context),
        new StatsCommand(context),
        new CheckCommand(context),
        new DoctorCommand(context),
        new BackendsCommand(context),
        new ConformanceCommand(context),
        new ExploreCommand(context),
        new ImportCommand(context),
        new RecordCommand(context),
        new ConvertCommand(context),
        new CutCommand(context),
        new DiffCommand(context),
        new SoakCommand(context),
        new ShellCommand(context));
  }
}
