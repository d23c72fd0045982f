package org.xivebench.replay.analysis;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Names with {@code *} and {@code ?}, as {@code jfr} has them. */
public final class Glob {
  private Glob() {}

  /** Whether a text as a whole is like the pattern; capitals matter. */
  public static Predicate<String> of(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL).asMatchPredicate();
  }

  /** Whether a text is like one of several patterns. */
  public static Predicate<String> anyOf(List<String> patterns) {
    return patterns.stream().map(Glob::of).reduce(text -> false, Predicate::or);
  }
}
