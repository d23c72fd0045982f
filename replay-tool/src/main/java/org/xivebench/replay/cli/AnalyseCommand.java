package org.xivebench.replay.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.AnalysisOptions;
import org.xivebench.replay.analysis.Analyzer;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.compare.Comparison;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.text.ComparisonReport;
import org.xivebench.replay.analysis.text.JsonReport;
import org.xivebench.replay.analysis.text.TextReport;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.live.LiveRecording;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Option(
      names = "--compare",
      description = "Take two recordings, and tell what changed from the first to the second.")
  private boolean compare;

  @Option(
      names = "--live",
      paramLabel = "TARGET",
      description =
          "Record and analyse a running JVM until q or Ctrl-C: a process id, or HOST:PORT of its"
              + " JMX server.")
  private String live;

  @Option(
      names = "--window",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "With --live: how much of the past is looked at; default: 60.")
  private int windowSeconds;

  @Option(
      names = "--refresh",
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "With --live: how often it is looked at; default: 2.")
  private int refreshSeconds;

  @Option(
      names = "--settings",
      paramLabel = "NAME",
      defaultValue = "default",
      description =
          "With --live: the JVM's JFR settings, 'default' or 'profile'; default: default.")
  private String settings;

  @Mixin private RecordingOptions recordings;
  @Mixin private FilterOptions filters;
  @Mixin private LayoutOptions layout;
  @Mixin private PageOptions pages;
  @Mixin private RuleOptions rules;
  @Mixin private ReportOptions report;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Write the numbers as comma-separated values; '-' for standard output.")
  private String csv;

  AnalyseCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if (rules.isList()) {
      RuleOptions.list(context.out());
      return ExitCode.OK;
    }
    if (live != null) {
      return analyseLive();
    }
    List<RecordingInput> inputs = recordings.inputs();
    AnalysisOptions options =
        new AnalysisOptions(filters.filter(inputs), recordings.mode(), layout.modelLimit());
    Analyzer analyzer = new Analyzer(options, rules.rules());
    if (compare) {
      return compare(analyzer, inputs);
    }
    try (JsonOutput json = report.openJson(context);
        CsvOutput csvOutput = CsvOutput.open(csv, context);
        PageOptions.Files files = pages.open(inputs)) {
      Analysis analysis = recordings.analyze(context, report, analyzer, inputs);
      files.write(analysis, inputs, recordings.mode(), options.filter());
      if (!csvOutput.isStandardOutput()) {
        new TextReport(report.text(context), layout.text(report.color(context))).print(analysis);
      }
      json.write(() -> JsonReport.of(analysis));
      csvOutput.write(analysis);
      return analysis.isWhole() ? ExitCode.OK : ExitCode.PARTIAL;
    }
  }

  private int compare(Analyzer analyzer, List<RecordingInput> inputs) throws IOException {
    if (inputs.size() != 2) {
      throw new UsageException("--compare takes two recordings, not " + inputs.size());
    }
    if (pages.areGiven() || csv != null) {
      throw new UsageException(
          "--html, --perfetto and --csv show one recording, --compare has two");
    }
    try (JsonOutput json = report.openJson(context)) {
      Analysis before = recordings.analyze(context, report, analyzer, inputs.subList(0, 1));
      Analysis after = recordings.analyze(context, report, analyzer, inputs.subList(1, 2));
      ComparisonReport comparison = new ComparisonReport(Comparison.of(before, after));
      comparison.print(report.text(context), layout.text(report.color(context)));
      json.write(comparison::toJson);
      return before.isWhole() && after.isWhole() ? ExitCode.OK : ExitCode.PARTIAL;
    }
  }

  private int analyseLive() throws IOException {
    if (recordings.areNamed() || compare || pages.areGiven() || csv != null) {
      throw new UsageException(
          "--live takes no recording, and goes with none of --compare, --html, --perfetto, --csv");
    }
    if (windowSeconds < 1 || refreshSeconds < 1) {
      throw new UsageException("--window and --refresh take seconds, 1 or more");
    }
    AnalysisOptions options =
        new AnalysisOptions(filters.filter(List.of()), ReadMode.STRICT, layout.modelLimit());
    Analyzer analyzer = new Analyzer(options, rules.rules());
    try (JsonOutput json = report.openJson(context);
        LiveRecording recording =
            LiveRecording.start(live, settings, Duration.ofSeconds(windowSeconds))) {
      Analysis last =
          new LiveAnalysis(context, recording, analyzer, Duration.ofSeconds(refreshSeconds))
              .run(report.text(context), layout.text(report.color(context)));
      if (last != null) {
        json.write(() -> JsonReport.of(last));
      }
      return ExitCode.OK;
    }
  }
}
