package org.xivebench.replay.analysis.model;

/** How grave a finding is, the least first. */
public enum Severity {
  /** Worth knowing; nothing is wrong. */
  INFO,
  /** Likely to cost time or to mislead. */
  WARNING,
  /** Something went wrong, or the recording cannot be relied on. */
  ERROR
}
