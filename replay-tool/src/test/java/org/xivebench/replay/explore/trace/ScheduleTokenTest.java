package org.xivebench.replay.explore.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTokenTest {
  private static final ScheduleToken TOKEN =
      new ScheduleToken(
          "xive-native",
          "one-reg",
          "gated,v6,-vcpu-mutex",
          List.of(0, 0, 0, 1, 0, 31, 31),
          108,
          0x5f0c8a2e);

  private static final String ALPHABET =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:,.+-@/_ =é\u0000";

  @Test
  void text_isReadableAndFitForAShell() {
    String text = TOKEN.toString();

    assertTrue(
        text.startsWith("xive-native:one-reg:gated,v6,-vcpu-mutex:a3baF2:108.5f0c8a2e:"), text);
    assertTrue(text.matches("[\\w.,:+@/-]+"), text);
  }

  @Test
  void parse_ofAnyTokensText_isTheToken() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 500; round++) {
      ScheduleToken token =
          new ScheduleToken(
              word(random, "abz0-._"),
              word(random, "abz0-._"),
              word(random, "abz0-,+@/"),
              choices(random),
              random.nextInt(20_000),
              random.nextInt());

      assertEquals(token, ScheduleToken.parse(token.toString()), token.toString());
    }
  }

  private static String word(SplittableRandom random, String letters) {
    StringBuilder word = new StringBuilder();
    for (int left = random.nextInt(1, 20); left > 0; left--) {
      word.append(letters.charAt(random.nextInt(letters.length())));
    }
    return word.toString();
  }

  private static List<Integer> choices(SplittableRandom random) {
    List<Integer> choices = new ArrayList<>();
    for (int runs = random.nextInt(12); runs > 0; runs--) {
      int actor = random.nextInt(ScheduleToken.MOST_ACTORS);
      for (int count = random.nextInt(1, 300); count > 0; count--) {
        choices.add(actor);
      }
    }
    return choices;
  }

  @Test
  void everyTextOneCharacterAway_isRefused() {
    String text = TOKEN.toString();
    for (int at = 0; at <= text.length(); at++) {
      for (int letter = 0; letter < ALPHABET.length(); letter++) {
        char other = ALPHABET.charAt(letter);
        refused(text, text.substring(0, at) + other + text.substring(at));
        if (at < text.length()) {
          refused(text, text.substring(0, at) + other + text.substring(at + 1));
        }
      }
      if (at < text.length()) {
        refused(text, text.substring(0, at) + text.substring(at + 1));
      }
      if (at + 1 < text.length()) {
        refused(
            text,
            text.substring(0, at) + text.charAt(at + 1) + text.charAt(at) + text.substring(at + 2));
      }
      refused(text, text.substring(0, at));
    }
  }

  private static void refused(String text, String changed) {
    if (changed.equals(text)) {
      return;
    }
    try {
      fail(changed + " is taken for " + ScheduleToken.parse(changed));
    } catch (IllegalArgumentException expected) {
      assertTrue(expected.getMessage().contains("token"), expected.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x:y:gated,v6:a01:3.00000000", // a count with a nought before it
        "x:y:gated,v6:aa:3.00000000", // two choices that are written as a2
        "x:y:gated,v6:a1:3.00000000", // a count of one is not written
        "x:y:gated,v6:a0:3.00000000", // none at all
        "x:y:gated,v6:7a:3.00000000", // a count of nobody
        "x:y:gated,v6:a999999:3.00000000", // more than a schedule has
        "x:y:gated,v6:a9999999:3.00000000",
        "x:y:gated,v6:a2:03.00000000"
      })
  void parse_rightChecksumButNoTextOfAToken_isRefused(String body) {
    String text = body + ":" + checksum(body);

    assertThrows(IllegalArgumentException.class, () -> ScheduleToken.parse(text));
  }

  @Test
  void parse_ofNoChoices_isTheToken() {
    String body = "x:y:gated,v6:-:3.00000000";

    assertEquals(List.of(), ScheduleToken.parse(body + ":" + checksum(body)).choices());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "s000111", "xive-native", "a:b:c:d:e:f", "--replay"})
  void parse_ofSomethingElse_saysWhatATokenLooksLike(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> ScheduleToken.parse(text));

    assertTrue(refused.getMessage().contains("backend:scenario:"), refused.getMessage());
  }

  private static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
