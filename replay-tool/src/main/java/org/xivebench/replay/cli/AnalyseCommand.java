package org.xivebench.replay.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.xivebench.replay.analysis.AnalysisOptions;
import org.xivebench.replay.analysis.Analyzer;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.text.JsonReport;
import org.xivebench.replay.analysis.text.TextReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Says what happened in recordings. */
@Command(
    name = "analyse",
    aliases = "analyze",
    description =
        "%nAnalyse flight recordings, of the bench or of any JVM: what happened, where the time"
            + " went, what to look at.%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:analysed",
      "2:wrong usage",
      "3:a recording cannot be read or is damaged",
      "4:a part was analysed: --salvage passed damage over, or ended early by the user"
    })
final class AnalyseCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private RecordingOptions recordings;
  @Mixin private FilterOptions filters;
  @Mixin private LayoutOptions layout;
  @Mixin private ReportOptions report;

  AnalyseCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    List<RecordingInput> inputs = recordings.inputs();
    AnalysisOptions options =
        new AnalysisOptions(filters.filter(inputs), recordings.mode(), layout.modelLimit());
    try (JsonOutput json = report.openJson(context)) {
      Analysis analysis = recordings.analyze(context, report, new Analyzer(options), inputs);
      new TextReport(report.text(context), layout.text(report.color(context))).print(analysis);
      json.write(() -> JsonReport.of(analysis));
      return analysis.isWhole() ? ExitCode.OK : ExitCode.PARTIAL;
    }
  }
}
