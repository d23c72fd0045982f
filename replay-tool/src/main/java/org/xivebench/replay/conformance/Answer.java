package org.xivebench.replay.conformance;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What an operation gave, recorded or now: a word that says how it went, and values.
 *
 * @param code of a call, such as {@code H_SUCCESS}, with {@code status N} for an RTAS call; empty
 *     where only values are compared
 * @param values what came back
 */
public record Answer(String code, List<Long> values) {

  static Answer ofCode(String code) {
    return new Answer(code, List.of());
  }

  static Answer ofValues(long... values) {
    return new Answer("", Arrays.stream(values).boxed().toList());
  }

  /** Of an RTAS call: R3 of the hypercall, the first return word, and the others. */
  static Answer ofRtas(String code, int status, int[] out) {
    return new Answer(
        code + " status " + status, Arrays.stream(out).mapToObj(Integer::toUnsignedLong).toList());
  }

  @Override
  public String toString() {
    String numbers =
        values.stream()
            .map(value -> "0x" + Long.toHexString(value))
            .collect(Collectors.joining(" "));
    return code.isEmpty() ? numbers : numbers.isEmpty() ? code : code + " " + numbers;
  }
}
