package org.xivebench.replay.explore;

import java.util.ArrayList;
import java.util.List;

/** A schedule as text: the choices in base 36, one character each. */
public final class ScheduleToken {
  private ScheduleToken() {}

  /** Returns the text of a schedule. */
  public static String of(List<Integer> choices) {
    StringBuilder text = new StringBuilder("s");
    choices.forEach(choice -> text.append(Character.forDigit(choice, Character.MAX_RADIX)));
    return text.toString();
  }

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException if it is not one
   */
  public static List<Integer> parse(String text) {
    if (!text.startsWith("s")) {
      throw new IllegalArgumentException("not a schedule: " + text);
    }
    List<Integer> choices = new ArrayList<>();
    for (char digit : text.substring(1).toCharArray()) {
      int choice = Character.digit(digit, Character.MAX_RADIX);
      if (choice < 0) {
        throw new IllegalArgumentException("not a schedule: " + text);
      }
      choices.add(choice);
    }
    return choices;
  }
}
