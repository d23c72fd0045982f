package org.xivebench.replay.cli;

/** How a trace is replayed; the names of the option's values. */
enum ReplayMode {
  ORDERED,
  CONCURRENT
}
