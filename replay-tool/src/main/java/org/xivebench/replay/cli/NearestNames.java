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

  /** Levenshtein's: characters to be changed, put in or taken out. */
  private static int distance(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int column = 0; column <= to.length(); column++) {
      above[column] = column;
    }
    for (int row = 1; row <= from.length(); row++) {
      int[] here = new int[to.length() + 1];
      here[0] = row;
      for (int column = 1; column <= to.length(); column++) {
        int change = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
        here[column] =
            Math.min(above[column - 1] + change, Math.min(above[column], here[column - 1]) + 1);
      }
      above = here;
    }
    return above[to.length()];
  }
}
