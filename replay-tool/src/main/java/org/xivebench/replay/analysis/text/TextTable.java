package org.xivebench.replay.analysis.text;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Columns that fit a width: the first takes what the others leave, and what is too long in it is
 * cut in the middle.
 */
final class TextTable {
  private static final int GAP = 2;
  private static final int LEAST_FIRST = 24;
  private static final String CUT = "…";

  private final int width;
  private final List<String[]> rows = new ArrayList<>();
  private final boolean[] left;
  private int[] optional = {};

  /**
   * @param width of the terminal
   * @param left for each column whether it is set to the left
   */
  TextTable(int width, boolean... left) {
    this.width = width;
    this.left = left.clone();
  }

  void add(String... cells) {
    String[] clean = new String[cells.length];
    for (int i = 0; i < cells.length; i++) {
      clean[i] = Printable.of(cells[i]);
    }
    rows.add(clean);
  }

  /**
   * Names columns that may be left out where the width does not do for all; the first goes first.
   */
  TextTable leavingOut(int... columns) {
    optional = columns.clone();
    return this;
  }

  void print(PrintStream out, String indent) {
    int[] widths = new int[left.length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    int others = indent.length();
    for (int i = 1; i < widths.length; i++) {
      others += GAP + widths[i];
    }
    boolean[] hidden = new boolean[widths.length];
    for (int i = 0; i < optional.length && others + LEAST_FIRST > width; i++) {
      hidden[optional[i]] = true;
      others -= GAP + widths[optional[i]];
    }
    widths[0] = Math.min(widths[0], Math.max(LEAST_FIRST, width - others));
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder(indent);
      for (int i = 0; i < widths.length; i++) {
        if (!hidden[i]) {
          String cell = i == 0 ? cut(row[i], widths[0]) : row[i];
          String pad = " ".repeat(widths[i] - cell.length());
          line.append(i == 0 ? "" : " ".repeat(GAP)).append(left[i] ? cell + pad : pad + cell);
        }
      }
      String text = line.toString().stripTrailing();
      out.println(text.length() <= width ? text : text.substring(0, width - 1) + CUT);
    }
  }

  /** Shortens a text, leaving more of its end, where names of classes and files differ. */
  static String cut(String text, int length) {
    if (text.length() <= length) {
      return text;
    }
    int head = Math.max(0, (length - 1) / 3);
    int tail = Math.max(0, length - 1 - head);
    return text.substring(0, head) + CUT + text.substring(text.length() - tail);
  }
}
