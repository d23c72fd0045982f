package org.xivebench.replay.cli;

import java.util.Locale;

/** How a trace is replayed; the names of the option's values. */
enum ReplayMode {
  ORDERED,
  CONCURRENT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
