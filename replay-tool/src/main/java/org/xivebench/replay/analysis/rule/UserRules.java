package org.xivebench.replay.analysis.rule;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xivebench.replay.InputException;
import org.xivebench.replay.analysis.TimeSpec;
import org.xivebench.replay.analysis.model.ModelPath;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.section.EventsSection;
import org.xivebench.replay.analysis.section.Sections;

/** Reads rules from a JSON file; {@code docs/analyse.md} has the format. */
public final class UserRules {
  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "severity",
          "value",
          "above",
          "below",
          "required",
          "summary",
          "explanation",
          "remedy");

  private static final Pattern QUANTITY = Pattern.compile("(\\d+(?:\\.\\d+)?) ?(%|B|kB|MB|GB)");

  private final Path file;

  private UserRules(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws InputException if it cannot be read or says something that is not understood: a rule
   *     that is passed over would let a gate stand open
   */
  public static List<Rule> read(Path file) throws IOException {
    return new UserRules(file).read();
  }

  private List<Rule> read() throws IOException {
    JsonNode root;
    try {
      root = JsonMapper.builder().build().readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new InputException(file, "there is no such file of rules", e);
    } catch (JsonProcessingException e) {
      throw new InputException(
          file,
          "line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          "no JSON: " + e.getOriginalMessage(),
          e);
    }
    JsonNode list = root.get("rules");
    if (list == null || !list.isArray()) {
      throw new InputException(file, "has no array 'rules'");
    }
    List<Rule> rules = new ArrayList<>();
    for (JsonNode node : list) {
      rules.add(rule(node, rules.size() + 1));
    }
    return rules;
  }

  private Rule rule(JsonNode node, int number) throws InputException {
    String where = "rule " + number;
    if (!node.isObject()) {
      throw new InputException(file, where, "is no object");
    }
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!FIELDS.contains(name)) {
        throw new InputException(file, where, "unknown field '" + name + "'");
      }
    }
    String path = text(node, "value", where);
    ModelPath value =
        ModelPath.parse(path)
            .orElseThrow(
                () ->
                    new InputException(
                        file,
                        where,
                        "value '" + path + "' is not of the form SECTION.PART[KEY].FIELD"));
    boolean known =
        value.section().equals(EventsSection.NAME)
            || Sections.all().stream().anyMatch(s -> s.name().equals(value.section()));
    if (!known) {
      throw new InputException(file, where, "there is no section '" + value.section() + "'");
    }
    double above = bound(node, "above", where);
    double below = bound(node, "below", where);
    boolean required = node.path("required").asBoolean(false);
    if (Double.isNaN(above) && Double.isNaN(below) && !required) {
      throw new InputException(file, where, "has neither 'above' nor 'below' nor 'required'");
    }
    return new UserRule(
        text(node, "name", where),
        severity(node, where),
        path,
        value,
        above,
        below,
        required,
        node.path("summary").asText(""),
        node.path("explanation").asText(""),
        node.path("remedy").asText(""));
  }

  private String text(JsonNode node, String name, String where) throws InputException {
    JsonNode value = node.get(name);
    if (value == null || !value.isTextual() || value.asText().isBlank()) {
      throw new InputException(file, where, "has no '" + name + "'");
    }
    return value.asText();
  }

  private Severity severity(JsonNode node, String where) throws InputException {
    String text = node.path("severity").asText("warning");
    try {
      return Severity.valueOf(text.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new InputException(
          file, where, "severity '" + text + "' is not info, warning or error", e);
    }
  }

  /** A bound: a number in the unit of the value, or a quantity with a unit. */
  private double bound(JsonNode node, String name, String where) throws InputException {
    JsonNode value = node.get(name);
    if (value == null) {
      return Double.NaN;
    }
    if (value.isNumber()) {
      return value.asDouble();
    }
    String text = value.asText();
    long nanos = TimeSpec.parseLength(text);
    if (nanos >= 0) {
      return nanos;
    }
    Matcher quantity = QUANTITY.matcher(text);
    if (!quantity.matches()) {
      throw new InputException(
          file, where, name + " '" + text + "' is no number, and not like 50ms, 10MB or 20%");
    }
    double factor =
        switch (quantity.group(2)) {
          case "%" -> 0.01;
          case "kB" -> 1e3;
          case "MB" -> 1e6;
          case "GB" -> 1e9;
          default -> 1;
        };
    return Double.parseDouble(quantity.group(1)) * factor;
  }
}
