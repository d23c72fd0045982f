package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import org.xivebench.replay.conformance.DifferenceKind;
import org.xivebench.replay.conformance.Differences;
import org.xivebench.replay.conformance.Mismatch;
import org.xivebench.replay.conformance.ScenarioResult;

/** What {@code conformance --differences} found, for people and as JSON. */
final class DifferencesReport {
  private final Differences differences;

  DifferencesReport(Differences differences) {
    this.differences = differences;
  }

  /** Prints each kind with its files, the most frequent first, and last the sum. */
  void print(PrintStream out) {
    for (DifferenceKind kind : differences.kinds()) {
      out.printf("%s: %d files%n  %s%n", kind, differences.of(kind).size(), kind.explanation());
      for (ScenarioResult result : differences.of(kind)) {
        out.printf("    %s%n", ConformanceCommand.describe(result.scenario(), firstOf(result)));
      }
    }
    out.printf(
        "%d files, %d operations, %d differences, %d unexplained%n",
        differences.fileCount(),
        differences.operationCount(),
        differences.count(),
        differences.unexplained());
  }

  private static Mismatch firstOf(ScenarioResult result) {
    return result.mismatches().get(0);
  }

  ObjectNode toJson() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("files", differences.fileCount())
        .put("operations", differences.operationCount())
        .put("differences", differences.count())
        .put("unexplained", differences.unexplained());
    ArrayNode kinds = root.putArray("kinds");
    for (DifferenceKind kind : differences.kinds()) {
      ObjectNode entry =
          kinds
              .addObject()
              .put("kind", kind.toString())
              .put("explanation", kind.explanation())
              .put("count", differences.of(kind).size());
      ArrayNode first = entry.putArray("firstDifferences");
      for (ScenarioResult result : differences.of(kind)) {
        ObjectNode difference =
            first
                .addObject()
                .put("file", result.file().toString())
                .put("scenario", result.scenario());
        ConformanceCommand.describe(difference, firstOf(result));
      }
    }
    return root;
  }
}
