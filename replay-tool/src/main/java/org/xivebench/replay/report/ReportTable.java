package org.xivebench.replay.report;

import java.io.PrintStream;
import java.util.Locale;

/** The lines of a report: a name and what belongs to it. */
final class ReportTable {
  private static final String RED = "\u001b[31m";
  private static final String GREEN = "\u001b[32m";
  private static final String PLAIN = "\u001b[0m";

  private final PrintStream out;
  private final boolean color;

  ReportTable(PrintStream out, boolean color) {
    this.out = out;
    this.color = color;
  }

  void row(String name, long value) {
    text(name, number(value));
  }

  /** A count before what is counted, where that is a long text. */
  void row(long value, String what) {
    out.printf("    %12s %s%n", number(value), what);
  }

  /** A count that should be 0. */
  void verdict(String name, long value) {
    String number = number(value);
    text(name, color ? (value == 0 ? GREEN : RED) + number + PLAIN : number);
  }

  void text(String name, String value) {
    out.printf("  %-26s %s%n", name, value);
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
