package org.xivebench.replay.html;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.replay.analysis.model.Analysis;

/**
 * Writes an analysis as one page that needs nothing else: it opens from disk, without a network,
 * and its content security policy forbids it to fetch anything. Its size depends on the analysis,
 * not on the number of events behind it.
 *
 * <p>Whatever comes from a recording is data to the page: it is embedded as JSON in which no markup
 * can begin, and becomes text nodes, never markup.
 */
public final class HtmlReport {
  private static final Pattern PART = Pattern.compile("%(\\w+)%");

  private HtmlReport() {}

  /**
   * Writes the page, in UTF-8.
   *
   * @param out is not closed
   */
  public static void write(Analysis analysis, OutputStream out) throws IOException {
    String template = resource("report.html");
    Map<String, String> parts =
        Map.of(
            "css", resource("report.css"),
            "analysis", embedded(analysis),
            "charts", script(resource("echarts.min.js")),
            "script", script(resource("report.js")));
    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    Matcher place = PART.matcher(template);
    int written = 0;
    while (place.find()) {
      writer.append(template, written, place.start()).append(parts.get(place.group(1)));
      written = place.end();
    }
    writer.append(template, written, template.length());
    writer.flush();
  }

  /**
   * JSON that may stand inside a {@code script} element: only strings can hold a {@code <}, and
   * there it may be written as an escape.
   */
  static String embedded(Analysis analysis) {
    try {
      return new JsonMapper().writeValueAsString(analysis).replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new AssertionError("the analysis consists of records, numbers and text", e);
    }
  }

  /** A script of ours that would end its own element is a mistake, not a matter of escaping. */
  private static String script(String text) {
    if (text.contains("</script")) {
      throw new AssertionError("a script of the page holds an end tag");
    }
    return text;
  }

  private static String resource(String name) {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new AssertionError("the page's part " + name + " is missing from the bundle");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
