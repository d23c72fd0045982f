package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.trace.TraceDiff;
import org.xivebench.replay.trace.TraceKind;
import org.xivebench.replay.trace.TraceReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Compares two traces. */
@Command(
    name = "diff",
    description = {
      "%nCompare two traces, or two recorded runs: where they first differ, and how many events of"
          + " each kind each has. Times, threads and origins are not compared.%n"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:they are the same",
      "1:they differ",
      "2:wrong usage",
      "3:one of them cannot be read or is damaged",
      "4:no difference in what was salvaged"
    })
final class DiffCommand implements Callable<Integer> {
  private final CommandContext context;

  @Parameters(paramLabel = "A", index = "0", description = "A trace; '-' for standard input.")
  private Path first;

  @Parameters(paramLabel = "B", index = "1", description = "Another.")
  private Path second;

  @Mixin private TraceInput input;
  @Mixin private ReportOptions report;

  DiffCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if (first.equals(second) && first.equals(Path.of("-"))) {
      throw new UsageException("only one of the two can be standard input");
    }
    try (JsonOutput json = report.openJson(context);
        TraceInput traces = input;
        TraceReader a = traces.openOnce(first);
        TraceReader b = traces.openOnce(second)) {
      TraceDiff.Result result = TraceDiff.of(a, b);
      print(result, report.text(context));
      json.write(() -> toJson(result));
      int exitCode = result.isSame() ? ExitCode.OK : ExitCode.FOUND;
      exitCode = traces.tellLosses(context, first, a.losses(), exitCode);
      return traces.tellLosses(context, second, b.losses(), exitCode);
    }
  }

  private void print(TraceDiff.Result result, PrintStream out) {
    out.printf(Locale.ROOT, "A  %s: %,d events%n", first, result.eventsA());
    out.printf(Locale.ROOT, "B  %s: %,d events%n", second, result.eventsB());
    result.headerDifferences().forEach(each -> out.println("machine: " + each));
    if (result.firstA() == null && result.firstB() == null) {
      out.println(result.isSame() ? "no difference" : "no difference in the events");
    } else {
      out.printf(
          Locale.ROOT,
          "first difference after %,d equal events, in %s:%n",
          result.sameEvents(),
          String.join(", ", result.fields()));
      result.before().forEach(event -> out.println("    " + event));
      out.println("  A " + (result.firstA() == null ? "ends here" : result.firstA()));
      out.println("  B " + (result.firstB() == null ? "ends here" : result.firstB()));
    }
    boolean titled = false;
    for (TraceKind kind : TraceKind.all()) {
      long a = result.countsA().getOrDefault(kind, 0L);
      long b = result.countsB().getOrDefault(kind, 0L);
      if (a != b) {
        if (!titled) {
          titled = true;
          out.printf("%12s %12s %12s%n", "A", "B", "B - A");
        }
        out.printf(Locale.ROOT, "%,12d %,12d %,+12d  %s%n", a, b, b - a, kind.simpleName());
      }
    }
  }

  private ObjectNode toJson(TraceDiff.Result result) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("same", result.isSame());
    root.put("eventsA", result.eventsA());
    root.put("eventsB", result.eventsB());
    root.put("equalEvents", result.sameEvents());
    result.headerDifferences().forEach(root.putArray("machine")::add);
    if (result.firstA() != null || result.firstB() != null) {
      ObjectNode difference = root.putObject("firstDifference");
      difference.put("a", result.firstA());
      difference.put("b", result.firstB());
      result.fields().forEach(difference.putArray("fields")::add);
    }
    ObjectNode counts = root.putObject("counts");
    for (TraceKind kind : TraceKind.all()) {
      long a = result.countsA().getOrDefault(kind, 0L);
      long b = result.countsB().getOrDefault(kind, 0L);
      if (a + b > 0) {
        counts.putObject(kind.simpleName()).put("a", a).put("b", b);
      }
    }
    return root;
  }
}
