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
  private static final int LEAST_FIRST = 16;
  private static final String CUT = "…";

  private final int width;
  private final List<String[]> rows = new ArrayList<>();
  private final boolean[] left;

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

  void print(PrintStream out, String indent) {
    int columns = left.length;
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    int others = indent.length();
    for (int i = 1; i < columns; i++) {
      others += GAP + widths[i];
    }
    widths[0] = Math.min(widths[0], Math.max(LEAST_FIRST, width - others));
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder(indent);
      for (int i = 0; i < columns; i++) {
        String cell = i == 0 ? cut(row[i], widths[0]) : row[i];
        String pad = " ".repeat(widths[i] - cell.length());
        line.append(i == 0 ? "" : " ".repeat(GAP));
        line.append(left[i] ? cell + pad : pad + cell);
      }
      out.println(line.toString().stripTrailing());
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
