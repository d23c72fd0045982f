package org.xivebench.replay.analysis;

import org.xivebench.replay.jfr.ReadMode;

/**
 * How to analyse.
 *
 * @param filter the events to look at
 * @param mode whether damage ends the analysis or is passed over
 * @param limit entries that breakdowns and tables have at most
 */
public record AnalysisOptions(EventFilter filter, ReadMode mode, int limit) {
  /** Entries of breakdowns and tables unless more are asked for. */
  public static final int DEFAULT_LIMIT = 50;

  /** All events, no damage. */
  public static final AnalysisOptions DEFAULT =
      new AnalysisOptions(EventFilter.ALL, ReadMode.STRICT, DEFAULT_LIMIT);
}
