package org.xivebench.replay.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;

/**
 * One line of a conformance file, with typed access to its fields. A field that is missing or of
 * another kind is reported by {@link BadLine}.
 */
final class Operation {
  /** What is wrong with a line; the reader adds where. */
  static final class BadLine extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadLine(String problem) {
      super(problem);
    }
  }

  private final long line;
  private final String text;
  private final JsonNode fields;
  private final String name;

  /**
   * @param line number of the line in its file, from 1
   * @param text the line
   */
  Operation(long line, String text, JsonNode fields) {
    this.line = line;
    this.text = text;
    this.fields = fields;
    if (!fields.isObject()) {
      throw new BadLine("not a JSON object");
    }
    this.name = string("op");
  }

  long line() {
    return line;
  }

  /** Returns the line as it stands in the file. */
  String text() {
    return text;
  }

  /** Returns what the operation is. */
  String name() {
    return name;
  }

  boolean has(String field) {
    return fields.has(field);
  }

  JsonNode node(String field) {
    JsonNode value = fields.get(field);
    if (value == null) {
      throw new BadLine("no field \"" + field + "\"");
    }
    return value;
  }

  String string(String field) {
    JsonNode value = node(field);
    if (!value.isTextual()) {
      throw new BadLine("field \"" + field + "\" is not a string");
    }
    return value.textValue();
  }

  /** Returns an integer in a range, both ends included. */
  int integer(String field, int least, int greatest) {
    JsonNode value = node(field);
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < least
        || value.intValue() > greatest) {
      throw new BadLine(
          "field \"" + field + "\" is not an integer from " + least + " to " + greatest);
    }
    return value.intValue();
  }

  /** Returns a 64-bit number, which is written as a string {@code "0x…"}. */
  long wide(String field) {
    return wide(field, node(field));
  }

  private static long wide(String field, JsonNode value) {
    String text = value.isTextual() ? value.textValue() : "";
    if (text.startsWith("0x")) {
      try {
        return Long.parseUnsignedLong(text, 2, text.length(), 16);
      } catch (NumberFormatException e) {
        // reported below
      }
    }
    throw new BadLine("field \"" + field + "\" is not a number \"0x…\"");
  }

  /** Returns a number that is written as a string and fits a positive int. */
  int wideInt(String field) {
    long value = wide(field);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new BadLine("field \"" + field + "\" is out of range");
    }
    return (int) value;
  }

  long[] wides(String field) {
    JsonNode value = node(field);
    if (!value.isArray()) {
      throw new BadLine("field \"" + field + "\" is not an array");
    }
    long[] numbers = new long[value.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = wide(field, value.get(i));
    }
    return numbers;
  }

  /** Returns numbers that fit 32 bits. */
  int[] words(String field) {
    long[] numbers = wides(field);
    for (long number : numbers) {
      if (number >>> 32 != 0) {
        throw new BadLine("field \"" + field + "\" has a number of more than 32 bits");
      }
    }
    return Arrays.stream(numbers).mapToInt(number -> (int) number).toArray();
  }

  /** Returns how many bytes an {@code eq_clear} clears: written as either kind of number. */
  long bytes() {
    return node("bytes").isTextual() ? wide("bytes") : integer("bytes", 0, Integer.MAX_VALUE);
  }

  @Override
  public String toString() {
    return text;
  }
}
