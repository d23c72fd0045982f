package org.xivebench.replay.explore.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.release.Step;
import org.xivebench.replay.explore.trace.SwimLane;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xivenative.XiveNativeDeviceType;

/**
 * The part of docs/release.md that tells the cases is made from them: {@code
 * -Dxivebench.rewrite=true} writes it anew, with the schedules as they are now. Every run compares
 * the words, and the long ones the schedules too: any step that comes or goes changes those.
 */
@Timeout(600)
class ReleasePageTest {
  private static final Path PAGE = Path.of("..", "docs", "release.md");
  private static final String BEGIN = "<!-- cases: written by ReleasePageTest -->\n";
  private static final String END = "<!-- end of cases -->\n";
  private static final String REWRITE = "docs/release.md: -Dxivebench.rewrite=true writes it anew";

  private static final int LANE_STEPS = 24;
  private static final int LANE_WIDTH = 110;
  private static final List<DeviceType> BACKENDS =
      List.of(new XiveNativeDeviceType(), new XicsDeviceType());

  @Test
  void page_tellsEveryCase() throws IOException {
    String page = Files.readString(PAGE);
    StringBuilder expected = new StringBuilder();
    for (HistoryCase each : Museum.all()) {
      expected.append(told(each));
    }

    assertEquals(expected.toString(), withoutBlocks(casesOf(page)), REWRITE);
  }

  @Test
  void page_namesEveryStep() throws IOException {
    String page = Files.readString(PAGE);

    for (Step step : Step.values()) {
      assertTrue(page.contains("`" + step.optionName() + "`"), step.optionName());
    }
  }

  @Tag("long")
  @Test
  void page_showsTheSchedulesAsTheyAre() throws IOException, InterruptedException {
    StringBuilder cases = new StringBuilder();
    HistoryRun run = new HistoryRun(BACKENDS, 0, Duration.ofMinutes(5));
    for (HistoryCase each : Museum.all()) {
      HistoryRun.Shown shown = run.firstBefore(each).orElseThrow();
      cases.append(told(each)).append("```\n").append(lane(shown)).append("```\n\n");
    }
    String page = Files.readString(PAGE);
    if (Boolean.getBoolean("xivebench.rewrite")) {
      int begin = page.indexOf(BEGIN) + BEGIN.length();
      Files.writeString(
          PAGE, page.substring(0, begin) + cases + page.substring(begin + casesOf(page).length()));
      return;
    }

    assertEquals(cases.toString(), casesOf(page), REWRITE);
  }

  private static String casesOf(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    assertTrue(begin >= 0 && begin < end, "the page has lost its marks");
    return page.substring(begin + BEGIN.length(), end);
  }

  private static String told(HistoryCase each) {
    String commit = each.commit().map(hash -> " (" + hash + ")").orElse("");
    return "### "
        + each.title()
        + commit
        + "\n\n"
        + each.defect()
        + " "
        + each.remedy()
        + "\n\n`--history "
        + each.name()
        + "`; before: `"
        + each.beforeOptions()
        + "`; after: `"
        + each.afterOptions()
        + "`. Reported: "
        + String.join(
            "; ",
            each.exhibits().stream()
                .map(exhibit -> exhibit.scenario().name() + ", \"" + exhibit.symptom() + "\"")
                .distinct()
                .toList())
        + ".\n\n";
  }

  private static String withoutBlocks(String text) {
    return text.replaceAll("(?s)```\n.*?```\n\n", "");
  }

  /** What {@code explore --history NAME --steps 24 --width 110} prints of the first exhibit. */
  private static String lane(HistoryRun.Shown shown) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, UTF_8);
    SwimLane.print(shown.trace(), LANE_WIDTH, LANE_STEPS, false, out);
    out.println();
    HistoryText.symptomLines(shown).forEach(out::println);
    return bytes.toString(UTF_8);
  }
}
