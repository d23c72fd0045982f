package org.xivebench.replay.analysis.model;

/** What a number counts. Names of JSON fields end in the unit. */
public enum Unit {
  /** Nanoseconds of a length of time. */
  NANOS("Nanos"),
  /** Nanoseconds since the epoch. */
  EPOCH_NANOS("EpochNanos"),
  BYTES("Bytes"),
  BYTES_PER_SECOND("BytesPerSecond"),
  PER_SECOND("PerSecond"),
  /** A part of a whole: 0 to 1. */
  RATIO("Ratio"),
  /** Millionths of a number with a fraction. */
  MILLIONTHS("Millionths"),
  /** Events, samples, threads: a number of things. */
  COUNT(""),
  /** No number at all. */
  TEXT("");

  private final String suffix;

  Unit(String suffix) {
    this.suffix = suffix;
  }

  /** What the names of fields in this unit end in; empty for plain numbers and text. */
  public String suffix() {
    return suffix;
  }

  /** The name of a field in this unit: {@code p99} and {@link #NANOS} give {@code p99Nanos}. */
  public String fieldName(String name) {
    return name + suffix;
  }
}
