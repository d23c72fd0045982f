package org.xivebench.replay.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds the names that a user may have meant. */
final class NearestNames {
  private static final int MOST = 3;

  private NearestNames() {}

  /**
   * Returns a question to be put behind a message, such as {@code , is one-reg meant?}, or nothing
   * when no name is near.
   */
  static String question(String typed, Collection<String> names) {
    List<String> near =
        names.stream()
            .distinct()
            .filter(name -> isNear(typed, name))
            .sorted(
                Comparator.comparingInt((String name) -> distance(typed, name))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(MOST)
            .toList();
    return near.isEmpty() ? "" : ", is " + String.join(" or ", near) + " meant?";
  }

  private static boolean isNear(String typed, String name) {
    if (typed.length() >= MOST && (name.contains(typed) || typed.contains(name))) {
      return true;
    }
    return distance(typed, name) <= Math.max(1, name.length() / 3);
  }

  /** Characters to be changed, put in, taken out or exchanged with the next. */
  private static int distance(String from, String to) {
    int[][] distances = new int[from.length() + 1][to.length() + 1];
    for (int row = 0; row <= from.length(); row++) {
      for (int column = 0; column <= to.length(); column++) {
        if (row == 0 || column == 0) {
          distances[row][column] = row + column;
          continue;
        }
        int change = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
        int least = distances[row - 1][column - 1] + change;
        least = Math.min(least, distances[row - 1][column] + 1);
        least = Math.min(least, distances[row][column - 1] + 1);
        if (row > 1
            && column > 1
            && from.charAt(row - 1) == to.charAt(column - 2)
            && from.charAt(row - 2) == to.charAt(column - 1)) {
          least = Math.min(least, distances[row - 2][column - 2] + 1);
        }
        distances[row][column] = least;
      }
    }
    return distances[from.length()][to.length()];
  }
}
