package org.xivebench.replay.explore.trace;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * All that it takes to run one schedule again, as text that a shell passes on as it is:
 *
 * <pre>
 *   xive-native:one-reg:gated,v6,-vcpu-mutex:a102b6:108.5f0c8a2e:9c1d22aa
 *   |           |       |                    |      |   |        checksum of all before it
 *   backend     |       |                    |      |   digest of these steps
 *               scenario|                    |      how many steps there are
 *                       setting              choices: actor a 102 times, then b 6 times
 * </pre>
 *
 * <p>There is one text for a token, so a text that has been changed is no token. The digest is of
 * what the steps are: in another build the same choices may lead elsewhere, and that shows.
 *
 * @param backend name of the backend
 * @param scenario name of the scenario
 * @param setting what else the run depends on; the command line makes it and understands it
 * @param choices the actor at each decision, below {@link #MOST_ACTORS}
 * @param steps how many steps the schedule has
 * @param digest {@link ScheduleTrace#digest} of them
 */
public record ScheduleToken(
    String backend, String scenario, String setting, List<Integer> choices, int steps, int digest) {

  /** Actors that a scheduler can tell apart. */
  public static final int MOST_ACTORS = 32;

  /** Choices in a token; a schedule is given up before it has as many steps. */
  private static final int MOST_CHOICES = 100_000;

  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEF";
  private static final String NO_CHOICES = "-";

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<backend>[\\w.-]+):(?<scenario>[\\w.-]+):(?<setting>[\\w.,+@/-]+)"
              + ":(?<choices>-|[a-zA-F0-9]+):(?<steps>[0-9]{1,6})\\.(?<digest>[0-9a-f]{8})"
              + ":(?<check>[0-9a-f]{8})");

  private static final Pattern RUN = Pattern.compile("([a-zA-F])([0-9]{0,6})");

  public ScheduleToken {
    choices = List.copyOf(choices);
  }

  /** Returns the token of a schedule that has been run. */
  public static ScheduleToken of(
      String backend, String scenario, String setting, List<Integer> choices, ScheduleTrace trace) {
    int steps = trace.steps().size();
    return new ScheduleToken(backend, scenario, setting, choices, steps, trace.digest(steps));
  }

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException if it is not one, or has been changed; the message is for the
   *     user
   */
  public static ScheduleToken parse(String text) {
    Matcher matcher = TOKEN.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "not a token of a schedule, which looks like backend:scenario:setting:choices:steps:sum");
    }
    String body = text.substring(0, text.lastIndexOf(':'));
    if (!matcher.group("check").equals(checksum(body))) {
      throw new IllegalArgumentException(
          "the token has been changed: its checksum does not fit; copy it again, all of it");
    }
    ScheduleToken token =
        new ScheduleToken(
            matcher.group("backend"),
            matcher.group("scenario"),
            matcher.group("setting"),
            choicesIn(matcher.group("choices")),
            Integer.parseInt(matcher.group("steps")),
            Integer.parseUnsignedInt(matcher.group("digest"), 16));
    if (!token.toString().equals(text)) {
      throw new IllegalArgumentException("the token is not one that explore has made");
    }
    return token;
  }

  private static List<Integer> choicesIn(String text) {
    List<Integer> choices = new ArrayList<>();
    if (text.equals(NO_CHOICES)) {
      return choices;
    }
    Matcher run = RUN.matcher(text);
    int end = 0;
    while (run.find() && run.start() == end) {
      end = run.end();
      int count = run.group(2).isEmpty() ? 1 : Integer.parseInt(run.group(2));
      if (choices.size() + count > MOST_CHOICES) {
        throw new IllegalArgumentException("the token has more choices than a schedule can have");
      }
      int actor = LETTERS.indexOf(run.group(1));
      for (int at = 0; at < count; at++) {
        choices.add(actor);
      }
    }
    if (end != text.length()) {
      throw new IllegalArgumentException("the token is not one that explore has made");
    }
    return choices;
  }

  @Override
  public String toString() {
    String body =
        String.format(
            Locale.ROOT,
            "%s:%s:%s:%s:%d.%08x",
            backend,
            scenario,
            setting,
            choicesText(),
            steps,
            digest);
    return body + ":" + checksum(body);
  }

  private String choicesText() {
    if (choices.isEmpty()) {
      return NO_CHOICES;
    }
    StringBuilder text = new StringBuilder();
    for (int from = 0, to; from < choices.size(); from = to) {
      to = from + 1;
      while (to < choices.size() && choices.get(to).equals(choices.get(from))) {
        to++;
      }
      text.append(LETTERS.charAt(choices.get(from)));
      if (to - from > 1) {
        text.append(to - from);
      }
    }
    return text.toString();
  }

  private static String checksum(String body) {
    CRC32 crc = new CRC32();
    crc.update(body.getBytes(UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }
}
