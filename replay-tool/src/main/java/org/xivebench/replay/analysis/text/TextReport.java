package org.xivebench.replay.analysis.text;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Figure;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Quantities;
import org.xivebench.replay.analysis.model.Section;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.model.Table;
import org.xivebench.replay.analysis.model.Unit;

/** The report for people: what they want to know first, then the sections. */
public final class TextReport {
  /** Findings on the first screen; all of them follow with what they mean. */
  private static final int TOP_FINDINGS = 6;

  private static final int TOTAL_COLUMN = 2;
  private static final int P90_COLUMN = 4;
  private static final int P999_COLUMN = 6;
  private static final int SHOWN_OCCURRENCES = 3;
  private static final int SHOWN_FRAMES = 4;
  private static final String BOLD = "\u001b[1m";
  private static final String RED = "\u001b[31m";
  private static final String YELLOW = "\u001b[33m";
  private static final String GREEN = "\u001b[32m";
  private static final String PLAIN = "\u001b[0m";

  private final PrintStream out;
  private final TextOptions options;

  public TextReport(PrintStream out, TextOptions options) {
    this.out = out;
    this.options = options;
  }

  /** Prints all of it. */
  public void print(Analysis analysis) {
    for (JvmAnalysis jvm : analysis.jvms()) {
      if (jvm.number() > 1) {
        out.println();
      }
      head(analysis, jvm);
      findings(jvm);
      for (Section section : jvm.sections()) {
        section(section);
      }
      String silent =
          jvm.sections().stream()
              .filter(TextReport::saysNothing)
              .map(section -> section.title().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
      if (!silent.isEmpty()) {
        out.println();
        wrap("", "The recording tells nothing about: " + silent + ".");
      }
    }
    if (analysis.lossCount() > 0) {
      out.println();
      out.println(bold("Damage"));
      analysis.losses().stream()
          .limit(options.limit())
          .forEach(loss -> wrap("  ", Printable.of(loss)));
      if (analysis.lossCount() > options.limit()) {
        out.println("  and " + (analysis.lossCount() - options.limit()) + " more places");
      }
    }
    out.flush();
  }

  private static boolean saysNothing(Section section) {
    return section.isEmpty();
  }

  private void head(Analysis analysis, JvmAnalysis jvm) {
    String of = analysis.jvms().size() == 1 ? "" : " of " + analysis.jvms().size();
    String title = (of.isEmpty() ? "" : "JVM " + jvm.number() + of + ": ") + jvm.name();
    out.println(bold(TextTable.cut(Printable.of(title), options.width())));
    field("recording", files(jvm));
    Section machine = jvm.section("jvm").orElse(null);
    if (machine != null) {
      joined(machine, "JVM", "jvm", "javaVersion", "collectors");
      joined(machine, "machine", "hwThreads", "memory", "cpu", "os");
      joined(machine, "trace", "traceMode", "vcpus", "sources");
    }
    field("span", Quantities.time(jvm.startNanos()) + ", " + Quantities.nanos(jvm.spanNanos()));
    field(
        "events",
        Quantities.count(jvm.events())
            + ", "
            + Quantities.bytes(jvm.eventBytes())
            + (jvm.spanNanos() > 0
                ? ", " + Quantities.of(Unit.PER_SECOND, jvm.events() / (jvm.spanNanos() / 1e9))
                : ""));
    field("verdict", verdict(jvm));
    if (analysis.interrupted()) {
      field("note", "ended early by the user: what follows is of a part of the recording");
    }
    jvm.findings().stream()
        .limit(TOP_FINDINGS)
        .forEach(
            finding ->
                wrap(
                    "  ", severity(finding.severity()) + "    " + Printable.of(finding.summary())));
    if (jvm.findings().size() > TOP_FINDINGS) {
      out.println("  and " + (jvm.findings().size() - TOP_FINDINGS) + " more findings");
    }
  }

  private void findings(JvmAnalysis jvm) {
    if (jvm.findings().isEmpty()) {
      return;
    }
    out.println();
    out.println(bold("Findings"));
    for (Finding finding : jvm.findings()) {
      wrap(
          "  ",
          severity(finding.severity())
              + "    "
              + Printable.of(finding.summary())
              + " ("
              + finding.rule()
              + ")");
      wrap("      ", Printable.of(finding.explanation()));
      wrap("      ", Printable.of(finding.remedy()));
    }
  }

  private String files(JvmAnalysis jvm) {
    String first = Printable.of(jvm.files().get(0));
    String chunks = jvm.chunks() == 1 ? "1 chunk" : jvm.chunks() + " chunks";
    return TextTable.cut(first, Math.max(20, options.width() - 40))
        + (jvm.files().size() > 1 ? " and " + (jvm.files().size() - 1) + " more files" : "")
        + ", "
        + chunks;
  }

  private void joined(Section section, String title, String... names) {
    List<String> parts = new ArrayList<>();
    for (String name : names) {
      section
          .figure(name)
          .ifPresent(
              figure ->
                  parts.add(
                      figure.unit() == Unit.TEXT
                          ? text(figure.value())
                          : value(figure.unit(), figure.value()) + " " + figure.title()));
    }
    if (!parts.isEmpty()) {
      field(title, String.join(", ", parts));
    }
  }

  private void field(String name, String value) {
    String line = String.format(Locale.ROOT, "  %-10s %s", name, Printable.of(value));
    out.println(
        line.length() <= options.width() ? line : line.substring(0, options.width() - 1) + "…");
  }

  private String verdict(JvmAnalysis jvm) {
    if (jvm.findings().isEmpty()) {
      return paint(GREEN, "nothing found");
    }
    Map<Severity, Long> counts =
        jvm.findings().stream()
            .collect(Collectors.groupingBy(Finding::severity, TreeMap::new, Collectors.counting()));
    List<String> parts = new ArrayList<>();
    for (Severity severity : new Severity[] {Severity.ERROR, Severity.WARNING, Severity.INFO}) {
      Long count = counts.get(severity);
      if (count != null) {
        String plural = count == 1 || severity == Severity.INFO ? "" : "s";
        parts.add(count + " " + severity.name().toLowerCase(Locale.ROOT) + plural);
      }
    }
    return String.join(", ", parts);
  }

  private String severity(Severity severity) {
    String word = String.format(Locale.ROOT, "%-7s", severity.name().toLowerCase(Locale.ROOT));
    return switch (severity) {
      case ERROR -> paint(RED, word);
      case WARNING -> paint(YELLOW, word);
      case INFO -> word;
    };
  }

  private String paint(String color, String text) {
    return options.color() ? color + text + PLAIN : text;
  }

  private String bold(String text) {
    return paint(BOLD, text);
  }

  // ---- sections

  private void section(Section section) {
    if (saysNothing(section)) {
      return;
    }
    out.println();
    out.println(bold(section.title()));
    section.notes().forEach(note -> wrap("  ", note));
    for (Figure figure : section.figures()) {
      wrap(
          "  ",
          Printable.of(
              String.format(
                  Locale.ROOT, "%-28s %s", figure.title(), value(figure.unit(), figure.value()))));
    }
    section.breakdowns().forEach(this::breakdown);
    section.tables().forEach(this::table);
  }

  /** Prints one breakdown. */
  public void breakdown(Breakdown breakdown) {
    Unit unit = breakdown.unit();
    TextTable table =
        new TextTable(options.width(), true, false, false, false, false, false, false, false)
            .leavingOut(P999_COLUMN, P90_COLUMN, TOTAL_COLUMN);
    table.add(breakdown.title(), "count", "total", "p50", "p90", "p99", "p99.9", "max");
    row(table, "all", breakdown.all(), unit);
    List<Breakdown.Entry> entries =
        breakdown.entries().stream().sorted(options.sort().order()).toList();
    // One key says no more than "all" does, unless it has a name.
    boolean keysTell = entries.size() > 1 || !breakdown.keyTitle().isEmpty();
    int shown = 0;
    for (Breakdown.Entry entry : keysTell ? entries : List.<Breakdown.Entry>of()) {
      if (shown++ == options.limit()) {
        break;
      }
      row(table, "  " + entry.key(), entry.values(), unit);
    }
    out.println();
    table.print(out, "  ");
    long more = breakdown.omittedKeys() + Math.max(0, entries.size() - options.limit());
    if (keysTell && more > 0) {
      out.println("    and " + Quantities.count(more) + " more");
    }
    breakdown.worst().stream().limit(SHOWN_OCCURRENCES).forEach(o -> occurrence(o, unit));
  }

  private static void row(TextTable table, String key, Distribution d, Unit unit) {
    table.add(
        key,
        Quantities.count(d.count()),
        Quantities.of(unit, d.total()),
        Quantities.of(unit, d.p50()),
        Quantities.of(unit, d.p90()),
        Quantities.of(unit, d.p99()),
        Quantities.of(unit, d.p999()),
        Quantities.of(unit, d.max()));
  }

  private void occurrence(Occurrence occurrence, Unit unit) {
    String who = occurrence.thread();
    boolean isThread = !who.startsWith("vCPU ") && !who.startsWith("server ");
    String thread = who.isEmpty() ? "" : isThread ? ", thread " + who : ", " + who;
    wrap(
        "    ",
        Printable.of(
            Quantities.of(unit, occurrence.value())
                + " at "
                + Quantities.timeOfDay(occurrence.timeNanos())
                + thread
                + ": "
                + occurrence.what()));
    occurrence.frames().stream()
        .limit(SHOWN_FRAMES)
        .forEach(
            frame ->
                out.println(
                    "      " + TextTable.cut("at " + Printable.of(frame), options.width() - 6)));
  }

  /** Prints one table. */
  public void table(Table table) {
    int columns = table.columns().size();
    boolean[] left = new boolean[columns];
    String[] titles = new String[columns];
    for (int i = 0; i < columns; i++) {
      left[i] = table.columns().get(i).unit() == Unit.TEXT;
      titles[i] = i == 0 ? table.title() : table.columns().get(i).title();
    }
    TextTable text = new TextTable(options.width(), left);
    text.add(titles);
    table.rows().stream()
        .limit(options.limit())
        .forEach(
            row -> {
              String[] cells = new String[columns];
              for (int i = 0; i < columns; i++) {
                cells[i] = (i == 0 ? "  " : "") + value(table.columns().get(i).unit(), row.get(i));
              }
              text.add(cells);
            });
    out.println();
    text.print(out, "  ");
    long more = table.omittedRows() + Math.max(0, table.rows().size() - options.limit());
    if (more > 0) {
      out.println("    and " + Quantities.count(more) + " more");
    }
  }

  private static String value(Unit unit, Object value) {
    return value instanceof Number number ? Quantities.of(unit, number.doubleValue()) : text(value);
  }

  private static String text(Object value) {
    return String.valueOf(value);
  }

  /** Prints a text over as many lines as it takes; a word longer than a line is broken. */
  private void wrap(String indent, String text) {
    String further = indent + "  ";
    StringBuilder line = new StringBuilder(indent);
    boolean empty = true;
    for (String word : text.split(" ", -1)) {
      if (!empty && line.length() + 1 + word.length() > options.width()) {
        out.println(line);
        line = new StringBuilder(further);
        empty = true;
      }
      line.append(empty ? "" : " ").append(word);
      empty = false;
      while (line.length() > options.width()) {
        out.println(line.substring(0, options.width()));
        line = new StringBuilder(further).append(line.substring(options.width()));
      }
    }
    out.println(line);
  }
}
