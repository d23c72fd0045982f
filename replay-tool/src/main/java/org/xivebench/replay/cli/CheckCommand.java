package org.xivebench.replay.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xivebench.replay.analysis.AnalysisOptions;
import org.xivebench.replay.analysis.Analyzer;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.Finding;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.model.Severity;
import org.xivebench.replay.analysis.text.JsonReport;
import org.xivebench.replay.analysis.text.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Rules as a gate. */
@Command(
    name = "check",
    description =
        "%nApply rules to recordings and fail when one finds something: a gate for continuous"
            + " integration.%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing found, or nothing grave enough",
      "1:found something",
      "2:wrong usage",
      "3:a recording or a file of rules cannot be read or is damaged",
      "4:only a part was checked, and nothing was found in it"
    })
final class CheckCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private RecordingOptions recordings;
  @Mixin private FilterOptions filters;
  @Mixin private RuleOptions rules;
  @Mixin private ReportOptions report;

  @Option(
      names = "--severity",
      paramLabel = "LEVEL",
      defaultValue = "warning",
      description = "Fail for findings of this severity or above: info, warning (default), error.")
  private Severity severity;

  CheckCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if (rules.isList()) {
      RuleOptions.list(context.out());
      return ExitCode.OK;
    }
    List<RecordingInput> inputs = recordings.inputs();
    AnalysisOptions options =
        new AnalysisOptions(
            filters.filter(inputs), recordings.mode(), AnalysisOptions.DEFAULT_LIMIT);
    Analyzer analyzer = new Analyzer(options, rules.rules());
    try (JsonOutput json = report.openJson(context)) {
      Analysis analysis = recordings.analyze(context, report, analyzer, inputs);
      boolean failed = print(analysis, report.text(context));
      json.write(() -> toJson(analysis, failed));
      if (failed) {
        return ExitCode.FOUND;
      }
      return analysis.isWhole() ? ExitCode.OK : ExitCode.PARTIAL;
    }
  }

  private boolean isGrave(Finding finding) {
    return finding.severity().compareTo(severity) >= 0;
  }

  private boolean print(Analysis analysis, PrintStream out) {
    boolean failed = false;
    for (JvmAnalysis jvm : analysis.jvms()) {
      long grave = jvm.findings().stream().filter(this::isGrave).count();
      failed |= grave > 0;
      out.println(Printable.of(jvm.name()) + ": " + (grave == 0 ? "passed" : grave + " findings"));
      for (Finding finding : jvm.findings()) {
        out.printf(
            Locale.ROOT,
            "%s %-7s %s: %s%n",
            isGrave(finding) ? "!" : " ",
            finding.severity().name().toLowerCase(Locale.ROOT),
            finding.rule(),
            Printable.of(finding.summary()));
      }
    }
    out.flush();
    return failed;
  }

  private ObjectNode toJson(Analysis analysis, boolean failed) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("passed", !failed).put("severity", severity.name().toLowerCase(Locale.ROOT));
    ArrayNode jvms = root.putArray("jvms");
    for (JvmAnalysis jvm : analysis.jvms()) {
      ObjectNode node = jvms.addObject().put("number", jvm.number()).put("name", jvm.name());
      ArrayNode findings = node.putArray("findings");
      jvm.findings().forEach(finding -> findings.add(JsonReport.finding(finding)));
    }
    return root;
  }
}
