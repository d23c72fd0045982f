package org.xivebench.replay.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.xivebench.replay.analysis.AnalysisOptions;
import org.xivebench.replay.analysis.FieldStatistics;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.text.JsonReport;
import org.xivebench.replay.analysis.text.TextReport;
import org.xivebench.replay.jfr.RecordingException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Percentiles of a field. */
@Command(
    name = "stats",
    description =
        "%nPercentiles of a duration or of any numeric field of events, by any other field.%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "2:wrong usage",
      "3:a recording cannot be read or is damaged",
      "4:ended early by the user"
    })
final class StatsCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private RecordingOptions recordings;
  @Mixin private FilterOptions filters;
  @Mixin private LayoutOptions layout;
  @Mixin private ReportOptions report;

  @Option(
      names = "--field",
      paramLabel = "FIELD",
      defaultValue = "duration",
      description = "The field; default: duration. Dots reach into structures.")
  private String field;

  @Option(
      names = "--by",
      paramLabel = "FIELD",
      defaultValue = FieldStatistics.EVENT_TYPE,
      description =
          "The field to break down by, such as eventThread or path; default: the event type.")
  private String by;

  StatsCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    List<RecordingInput> inputs = recordings.inputs();
    AnalysisOptions options =
        new AnalysisOptions(filters.filter(inputs), recordings.mode(), layout.modelLimit());
    FieldStatistics statistics = new FieldStatistics(options, field, by);
    try (JsonOutput json = report.openJson(context)) {
      Breakdown result;
      try (ProgressBar progress = report.progress(context, "reading", "bytes")) {
        result = statistics.read(inputs, progress, context.cancellation());
      } catch (RecordingException e) {
        throw RecordingOptions.refused(e);
      }
      new TextReport(report.text(context), layout.text(report.color(context))).breakdown(result);
      json.write(() -> JsonReport.breakdown(result));
      return context.cancellation().isRequested() ? ExitCode.PARTIAL : ExitCode.OK;
    }
  }
}
