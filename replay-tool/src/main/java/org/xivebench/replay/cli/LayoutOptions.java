package org.xivebench.replay.cli;

import java.util.Locale;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.AnalysisOptions;
import org.xivebench.replay.analysis.text.SortKey;
import org.xivebench.replay.analysis.text.TextOptions;
import picocli.CommandLine.Option;

/** How a report with tables is laid out. */
final class LayoutOptions {
  private static final int LEAST_WIDTH = 60;
  private static final int MOST_WIDTH = 10_000;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Characters of a line; default: as wide as the terminal, or 100.")
  private Integer width;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rows of a table; default: 10.")
  private int limit;

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      defaultValue = "total",
      description = "Order rows by total (default), count, p50, p99, max or name.")
  private SortKey sort;

  /** Entries that the model has to hold: as many as are printed, and no fewer than usual. */
  int modelLimit() {
    if (limit < 1) {
      throw new UsageException("--limit " + limit + ": must be 1 or more");
    }
    return Math.max(limit, AnalysisOptions.DEFAULT_LIMIT);
  }

  /** The layout of text. */
  TextOptions text(boolean color) {
    int columns = width != null ? width : Integer.getInteger("xivebench.terminal.columns", 100);
    if (width != null && (width < LEAST_WIDTH || width > MOST_WIDTH)) {
      throw new UsageException(
          String.format(
              Locale.ROOT, "--width %d: must be %d to %d", width, LEAST_WIDTH, MOST_WIDTH));
    }
    return new TextOptions(Math.max(LEAST_WIDTH, columns), color, limit, sort);
  }
}
