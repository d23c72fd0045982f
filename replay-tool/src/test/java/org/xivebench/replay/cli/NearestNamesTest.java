package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNamesTest {
  private static final List<String> NAMES =
      List.of("entry", "cede", "cede-woken", "one-reg", "one-reg-set", "rtas");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "one-rge     | one-reg",
        "onereg      | one-reg",
        "cede-waken  | cede-woken or cede",
        "one-reg-get | one-reg-set or one-reg",
        "ced         | cede or cede-woken",
        "enrty       | entry",
        "entri       | entry",
        "zzzzzzz     | ",
        "x           | "
      })
  void question_namesTheNearestFirst(String typed, String near) {
    assertEquals(
        near == null ? "" : ", is " + near + " meant?", NearestNames.question(typed, NAMES));
  }
}
