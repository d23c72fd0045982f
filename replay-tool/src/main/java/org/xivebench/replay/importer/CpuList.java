package org.xivebench.replay.importer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A set of CPUs as the kernel prints it.
 *
 * @param cpus their numbers, ascending
 */
record CpuList(List<Integer> cpus) {
  private static final Pattern RANGES =
      Pattern.compile("\\d{1,5}(?:-\\d{1,5})?(?:,\\d{1,5}(?:-\\d{1,5})?)*");
  private static final Pattern MASK = Pattern.compile("[\\p{XDigit},]{1,2000}");
  private static final int BITS_PER_DIGIT = 4;

  /** After a word, ranges such as {@code 0-2,5}; null if there are none. */
  static CpuList ofRanges(String text, String word) {
    String ranges = after(text, word, RANGES);
    if (ranges == null) {
      return null;
    }
    List<Integer> cpus = new ArrayList<>();
    for (String range : ranges.split(",", -1)) {
      String[] ends = range.split("-", -1);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
        cpus.add(cpu);
      }
    }
    return new CpuList(cpus);
  }

  /** After a word, a mask such as {@code 00000000,00000003}; null if there is none. */
  static CpuList ofMask(String text, String word) {
    String mask = after(text, word, MASK);
    if (mask == null) {
      return null;
    }
    String digits = mask.replace(",", "");
    List<Integer> cpus = new ArrayList<>();
    for (int i = digits.length() - 1, base = 0; i >= 0; i--, base += BITS_PER_DIGIT) {
      int bits = Character.digit(digits.charAt(i), 16);
      for (int bit = 0; bit < BITS_PER_DIGIT; bit++) {
        if ((bits & (1 << bit)) != 0) {
          cpus.add(base + bit);
        }
      }
    }
    return new CpuList(cpus);
  }

  private static String after(String text, String word, Pattern form) {
    int at = text.indexOf(word);
    if (at < 0) {
      return null;
    }
    Matcher matcher = form.matcher(text).region(at + word.length(), text.length());
    return matcher.lookingAt() ? matcher.group() : null;
  }
}
