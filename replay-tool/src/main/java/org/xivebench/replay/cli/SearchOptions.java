package org.xivebench.replay.cli;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.explore.DepthFirst;
import org.xivebench.replay.explore.PriorityWalk;
import org.xivebench.replay.explore.RandomWalk;
import org.xivebench.replay.explore.Strategy;
import picocli.CommandLine.Option;

/** Which schedules are looked at, and for how long. */
final class SearchOptions {
  /** The options that choose schedules: what a token says already. */
  static final List<String> OF_SCHEDULES =
      List.of("--strategy", "--bound", "--schedules", "--seed", "--depth", "--time");

  private static final int MOST_PREEMPTIONS = 100;
  private static final int MOST_DEPTH = 20;
  private static final int DEFAULT_BOUND = 2;
  private static final int DEFAULT_DEPTH = 3;
  private static final long DEFAULT_SCHEDULES = 1000;

  /** A week: longer is no limit, and what comes from it is a slip of the hand. */
  private static final Duration MOST_TIME = Duration.ofDays(7);

  private static final Pattern TIME = Pattern.compile("([0-9]{1,6})([sm])");

  /** How the next schedule is chosen. */
  private enum Kind {
    DFS,
    PCT,
    RANDOM
  }

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      description =
          "dfs: every schedule within the bound (default); pct: random priorities, changed at"
              + " --depth - 1 random moments; random: each choice at random.")
  private String strategy = "dfs";

  @Option(
      names = "--bound",
      paramLabel = "N",
      description = "With dfs: most preemptions in a schedule. Default: " + DEFAULT_BOUND + ".")
  private Integer bound;

  @Option(
      names = "--schedules",
      paramLabel = "N",
      description =
          "How many schedules of a scenario. Default: with pct and random "
              + DEFAULT_SCHEDULES
              + ", with dfs all that there are.")
  private Long schedules;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "With pct and random: of the first schedule. Default: 1.")
  private Long seed;

  @Option(
      names = "--depth",
      paramLabel = "N",
      description =
          "With pct: how many steps have to fall in a certain order, 1 to "
              + MOST_DEPTH
              + ". Default: "
              + DEFAULT_DEPTH
              + ".")
  private Integer depth;

  @Option(
      names = "--time",
      paramLabel = "LIMIT",
      description = "Begin no schedule of a scenario after so long: 12s, 5m. Default: 60s.")
  private String time = "60s";

  /**
   * Checks all of them.
   *
   * @throws UsageException for a value that makes no sense, or one that the strategy has no use for
   */
  void check() {
    Kind kind = kind();
    if (bound != null && (bound < 0 || bound > MOST_PREEMPTIONS)) {
      throw new UsageException("--bound " + bound + ": must be from 0 to " + MOST_PREEMPTIONS);
    }
    if (schedules != null && schedules < 1) {
      throw new UsageException("--schedules " + schedules + ": must be 1 or more");
    }
    if (depth != null && (depth < 1 || depth > MOST_DEPTH)) {
      throw new UsageException("--depth " + depth + ": must be from 1 to " + MOST_DEPTH);
    }
    useless(bound, "--bound", "dfs", kind != Kind.DFS);
    useless(seed, "--seed", "pct or random", kind == Kind.DFS);
    useless(depth, "--depth", "pct", kind != Kind.PCT);
    Duration unusedLimit = limit();
  }

  private static void useless(Object given, String option, String strategies, boolean useless) {
    if (given != null && useless) {
      throw new UsageException(option + " goes with --strategy " + strategies);
    }
  }

  private Kind kind() {
    return switch (strategy) {
      case "dfs" -> Kind.DFS;
      case "pct" -> Kind.PCT;
      case "random" -> Kind.RANDOM;
      default ->
          throw new UsageException(
              "unknown strategy '" + strategy + "'; there are dfs, pct, random");
    };
  }

  /** Returns a new search. */
  Strategy newStrategy() {
    long first = seed == null ? 1 : seed;
    return switch (kind()) {
      case DFS -> new DepthFirst(bound());
      case PCT -> new PriorityWalk(first, mostSchedules(), depth == null ? DEFAULT_DEPTH : depth);
      case RANDOM -> new RandomWalk(first, mostSchedules());
    };
  }

  /** Returns the most preemptions of a schedule. */
  int bound() {
    return bound == null ? DEFAULT_BOUND : bound;
  }

  /** Returns how many schedules of a scenario are run at most. */
  long mostSchedules() {
    if (schedules != null) {
      return schedules;
    }
    return kind() == Kind.DFS ? Long.MAX_VALUE : DEFAULT_SCHEDULES;
  }

  /** Returns after how long no schedule of a scenario is begun any more. */
  Duration limit() {
    Matcher matcher = TIME.matcher(time);
    if (!matcher.matches()) {
      throw new UsageException(
          "--time takes seconds or minutes, such as 12s or 5m, not '" + time + "'");
    }
    long count = Long.parseLong(matcher.group(1));
    Duration limit =
        matcher.group(2).equals("s") ? Duration.ofSeconds(count) : Duration.ofMinutes(count);
    if (limit.isZero() || limit.compareTo(MOST_TIME) > 0) {
      throw new UsageException(
          "--time " + time + ": must be from 1s to " + MOST_TIME.toMinutes() + "m");
    }
    return limit;
  }
}
