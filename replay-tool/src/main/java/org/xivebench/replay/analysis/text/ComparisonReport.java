package org.xivebench.replay.analysis.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.xivebench.replay.analysis.compare.Change;
import org.xivebench.replay.analysis.compare.Change.Verdict;
import org.xivebench.replay.analysis.compare.Comparison;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Quantities;

/** Two recordings side by side, for people and as JSON. */
public final class ComparisonReport {
  private static final int VERSION = 1;

  private final List<Comparison> comparisons;

  public ComparisonReport(List<Comparison> comparisons) {
    this.comparisons = List.copyOf(comparisons);
  }

  /** Prints the changes that are more than chance, then the single numbers that differ. */
  public void print(PrintStream out, TextOptions options) {
    for (Comparison comparison : comparisons) {
      out.println("before  " + nameOf(comparison.before(), options));
      out.println("after   " + nameOf(comparison.after(), options));
      findings(out, "found in the second only", comparison.newFindings());
      findings(out, "found in the first only", comparison.goneFindings());
      List<Change> certain = comparison.certain();
      out.println();
      if (certain.isEmpty()) {
        out.println("Nothing changed beyond noise.");
      } else {
        out.println("Changed beyond noise: " + certain.size() + ", the largest first");
        table(out, options, certain);
      }
      List<Change> unknown =
          comparison.changes().stream()
              .filter(change -> change.verdict() == Verdict.NOISE_UNKNOWN)
              .toList();
      if (!unknown.isEmpty()) {
        out.println();
        out.println("Single numbers that differ; two recordings do not tell how much they vary");
        table(out, options, unknown);
      }
      long quiet = (long) comparison.changes().size() - certain.size() - unknown.size();
      out.println();
      out.println("Within noise: " + Quantities.count(quiet) + " more numbers.");
    }
    out.flush();
  }

  private static String nameOf(JvmAnalysis jvm, TextOptions options) {
    return TextTable.cut(
        Printable.of(
            jvm.files().get(0)
                + ": "
                + jvm.name()
                + ", "
                + Quantities.nanos(jvm.spanNanos())
                + ", "
                + Quantities.count(jvm.events())
                + " events"),
        options.width() - 8);
  }

  private static void findings(PrintStream out, String title, List<Finding> findings) {
    for (Finding finding : findings) {
      out.println("  " + title + ": " + Printable.of(finding.summary()));
    }
  }

  private static void table(PrintStream out, TextOptions options, List<Change> changes) {
    TextTable table = new TextTable(options.width(), true, true, false, false, false);
    table.add("what", "number", "before", "after", "change");
    changes.stream()
        .limit(options.limit())
        .forEach(
            change ->
                table.add(
                    change.title() + (change.key().isEmpty() ? "" : ": " + change.key()),
                    change.statistic(),
                    Quantities.of(change.unit(), change.before()),
                    Quantities.of(change.unit(), change.after()),
                    factor(change)));
    table.print(out, "  ");
    if (changes.size() > options.limit()) {
      out.println("  and " + (changes.size() - options.limit()) + " more; --limit shows them");
    }
  }

  private static String factor(Change change) {
    if (change.verdict() == Verdict.ONLY_AFTER || change.before() == 0) {
      return "new";
    }
    if (change.verdict() == Verdict.ONLY_BEFORE || change.after() == 0) {
      return "gone";
    }
    double ratio = change.ratio();
    return ratio >= 10
        ? String.format(Locale.ROOT, "x %,.0f", ratio)
        : ratio >= 2
            ? String.format(Locale.ROOT, "x %.1f", ratio)
            : String.format(Locale.ROOT, "%+.1f %%", (ratio - 1) * 100);
  }

  /** Every number that was compared; {@code docs/analyse.md} has the fields. */
  public ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("schema", "xivebench-comparison");
    root.put("version", VERSION);
    ArrayNode pairs = root.putArray("comparisons");
    for (Comparison comparison : comparisons) {
      ObjectNode pair = pairs.addObject();
      pair.put("before", comparison.before().name());
      pair.put("after", comparison.after().name());
      ArrayNode appeared = pair.putArray("newFindings");
      comparison.newFindings().forEach(finding -> appeared.add(JsonReport.finding(finding)));
      ArrayNode gone = pair.putArray("goneFindings");
      comparison.goneFindings().forEach(finding -> gone.add(JsonReport.finding(finding)));
      ArrayNode changes = pair.putArray("changes");
      for (Change change : comparison.changes()) {
        changes
            .addObject()
            .put("section", change.section())
            .put("part", change.part())
            .put("key", change.key())
            .put("statistic", change.statistic())
            .put("unit", change.unit().name().toLowerCase(Locale.ROOT))
            .put("before", change.before())
            .put("after", change.after())
            .put("verdict", change.verdict().name().toLowerCase(Locale.ROOT));
      }
    }
    return root;
  }
}
