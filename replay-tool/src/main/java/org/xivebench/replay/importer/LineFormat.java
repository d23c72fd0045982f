package org.xivebench.replay.importer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.List;

/**
 * The text of a kind of line, as {@code scanf} would have it: {@code %x} a hexadecimal number
 * without prefix, {@code %d} a decimal one, {@code %*x} and {@code %*d} the same, left out of the
 * result. All other characters stand for themselves.
 */
final class LineFormat {
  /** A literal text and, after it, a number. */
  private static final class Part {
    final byte[] literal;
    final int radix;
    final boolean taken;

    Part(String literal, int radix, boolean taken) {
      this.literal = literal.getBytes(US_ASCII);
      this.radix = radix;
      this.taken = taken;
    }
  }

  private static final int NO_NUMBER = 0;

  private final List<Part> parts = new ArrayList<>();

  LineFormat(String format) {
    StringBuilder literal = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        literal.append(c);
        continue;
      }
      boolean taken = format.charAt(++i) != '*';
      if (!taken) {
        i++;
      }
      int radix = format.charAt(i) == 'x' ? 16 : 10;
      parts.add(new Part(literal.toString(), radix, taken));
      literal.setLength(0);
    }
    parts.add(new Part(literal.toString(), NO_NUMBER, false));
  }

  /** How many numbers are taken. */
  int valueCount() {
    return (int) parts.stream().filter(part -> part.taken).count();
  }

  /**
   * Matches a text to its end.
   *
   * @param values gets the numbers, in their order
   * @return whether the text has this format; if not, what is in {@code values} means nothing
   */
  boolean match(byte[] text, int start, int end, long[] values) {
    int at = start;
    int count = 0;
    for (int p = 0; p < parts.size(); p++) {
      Part part = parts.get(p);
      byte[] literal = part.literal;
      if (end - at < literal.length) {
        return false;
      }
      for (int i = 0; i < literal.length; i++) {
        if (text[at + i] != literal[i]) {
          return false;
        }
      }
      at += literal.length;
      if (part.radix == NO_NUMBER) {
        return at == end;
      }
      int from = at;
      long value = 0;
      boolean negative = part.radix == 10 && at < end && text[at] == '-';
      if (negative) {
        at++;
        from++;
      }
      for (; at < end; at++) {
        int digit = Character.digit(text[at], part.radix);
        if (digit < 0) {
          break;
        }
        value = value * part.radix + digit;
      }
      if (at == from || at - from > (part.radix == 16 ? 16 : 18)) {
        return false;
      }
      if (part.taken) {
        values[count++] = negative ? -value : value;
      }
    }
    throw new AssertionError("the last part has no number");
  }
}
