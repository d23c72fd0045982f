package org.xivebench.replay.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.analysis.EventFilter;
import org.xivebench.replay.analysis.LargeRecording;
import org.xivebench.replay.analysis.Recordings;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Timeline;
import org.xivebench.replay.analysis.model.Timeline.Lane;
import org.xivebench.replay.analysis.model.Timeline.LaneKind;
import org.xivebench.replay.analysis.model.Timeline.Track;
import org.xivebench.replay.analysis.model.Unit;

/** The page as text; a browser looks at it in the module verification/browser. */
class HtmlReportTest {
  @TempDir Path folder;

  private static final String HOSTILE = "</script><script>alert('x')</script><!-- & \u2028 é";

  private static Analysis analysis(String threadName) {
    Timeline timeline =
        new Timeline(
            0,
            1_000_000,
            2,
            List.of(
                new Lane(
                    LaneKind.THREAD,
                    threadName,
                    List.of(new Track("parked", Unit.NANOS, List.of(0L, 500_000L))))),
            0,
            List.of(),
            0);
    Finding finding =
        new Finding("lost-events", Severity.ERROR, threadName, "because", "do something", "");
    return new Analysis(
        List.of(new Analysis.SourceFile("a.jfr", 10, 1, 0, 0)),
        List.of(
            new JvmAnalysis(
                1,
                "app",
                List.of("a.jfr"),
                1,
                0,
                2_000_000,
                3,
                99,
                List.of(),
                timeline,
                List.of(finding))),
        List.of(),
        0,
        false);
  }

  private static String page(Analysis analysis) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HtmlReport.write(analysis, out);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void nameWithMarkup_endsNoElement_andIsReadBack() throws IOException {
    String page = page(analysis(HOSTILE));

    Matcher data =
        Pattern.compile(
                "<script type=\"application/json\" id=\"analysis\">(.*?)</script>", Pattern.DOTALL)
            .matcher(page);
    assertTrue(data.find());
    assertFalse(data.group(1).contains("<"));
    JsonNode read = new ObjectMapper().readTree(data.group(1));
    assertEquals(HOSTILE, read.at("/jvms/0/timeline/lanes/0/name").asText());
    assertEquals(HOSTILE, read.at("/jvms/0/findings/0/summary").asText());
    // The three script elements of the page and no more: the hostile name made none.
    assertEquals(3, page.split("</script", -1).length - 1);
  }

  @Test
  void page_refersToNothingOutside() throws IOException {
    String page = page(analysis("main"));

    assertTrue(page.contains("default-src 'none'"));
    String markup =
        Pattern.compile("<script>.*?</script>", Pattern.DOTALL).matcher(page).replaceAll("");
    assertFalse(Pattern.compile("(src|href)=\"(?!data:)").matcher(markup).find(), markup);
    assertFalse(markup.contains("url("));
    assertFalse(markup.contains("@import"));
  }

  @Test
  void templatesPlaces_areAllFilled() throws IOException {
    String page = page(analysis("100 %script% of it"));

    assertTrue(page.contains("100 %script% of it"), "what looks like a place stays as it is");
    assertFalse(page.contains("%charts%"));
    assertFalse(page.contains("%css%"));
  }

  @Test
  void page_ofManyEventsSourcesAndVcpus_staysSmall() throws IOException {
    Path file = folder.resolve("large.jfr");
    LargeRecording.write(file, 100_000);
    String page = page(Recordings.analyze(EventFilter.ALL, file));
    assertTrue(page.length() < 5_000_000, () -> page.length() + " characters");
  }
}
