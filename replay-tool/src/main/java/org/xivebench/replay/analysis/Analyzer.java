package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.rule.Rule;
import org.xivebench.replay.analysis.rule.Rules;
import org.xivebench.replay.analysis.section.SectionType;
import org.xivebench.replay.analysis.section.Sections;

/** Analyses recordings together. */
public final class Analyzer {
  private final AnalysisOptions options;
  private final List<Rule> rules;
  private final List<SectionType<?>> types = Sections.all();

  /** An analysis with all sections and rules that there are. */
  public Analyzer(AnalysisOptions options) {
    this(options, Rules.all());
  }

  /** An analysis with all sections and some rules. */
  public Analyzer(AnalysisOptions options, List<Rule> rules) {
    this.options = options;
    this.rules = List.copyOf(rules);
  }

  /**
   * Reads recordings, several at a time, and puts together what they hold of the same JVM. A chunk
   * that is there more than once, as in two dumps of one recording, is read once.
   *
   * @param inputs at least one
   * @param progress told bytes
   * @param cancellation ends the reading early; the result then says so
   * @throws org.xivebench.replay.jfr.RecordingException if one is no recording, or is damaged and
   *     the options do not ask to pass damage over
   * @throws UsageException if the filter names event types and no recording has any of them
   */
  public Analysis analyze(List<RecordingInput> inputs, Progress progress, Cancellation cancellation)
      throws IOException {
    List<RecordingPass> passes =
        RepeatedChunks.passedOver(inputs).stream()
            .map(input -> new RecordingPass(input, options, types))
            .toList();
    run(passes, inputs, progress, cancellation);
    if (passes.stream().allMatch(RecordingPass::wantsNothing)) {
      throw new UsageException(
          "no event type matches "
              + (options.filter().events().isEmpty()
                  ? "--categories " + String.join(",", options.filter().categories())
                  : "--events " + String.join(",", options.filter().events()))
              + "; without it, analyse lists those that the recording has");
    }
    return result(passes, cancellation.isRequested());
  }

  private static void run(
      List<RecordingPass> passes,
      List<RecordingInput> inputs,
      Progress progress,
      Cancellation cancellation)
      throws IOException {
    // A total in which a size is missing would mislead.
    boolean known = inputs.stream().allMatch(input -> input.sizeBytes() > 0);
    long total = known ? inputs.stream().mapToLong(RecordingInput::sizeBytes).sum() : 0;
    AtomicLong done = new AtomicLong();
    SideBySide.run(
        passes,
        pass -> pass.run(bytes -> progress.update(done.addAndGet(bytes), total), cancellation));
  }

  private Analysis result(List<RecordingPass> passes, boolean interrupted) {
    List<RecordingPass> finished =
        passes.stream().filter(pass -> pass.file() != null && !pass.jvms().isEmpty()).toList();
    List<JvmCollector> parts =
        finished.stream()
            .flatMap(pass -> pass.jvms().stream())
            .sorted(Comparator.comparingLong(JvmCollector::startNanos))
            .toList();
    List<JvmCollector> jvms = new ArrayList<>();
    for (JvmCollector part : parts) {
      JvmCollector same = jvms.stream().filter(jvm -> jvm.isSameJvm(part)).findFirst().orElse(null);
      if (same == null) {
        jvms.add(part);
      } else {
        same.addAll(part);
      }
    }
    List<JvmAnalysis> analyses = new ArrayList<>();
    for (JvmCollector jvm : jvms) {
      JvmAnalysis analysis = jvm.result(analyses.size() + 1);
      analyses.add(analysis.withFindings(Rules.check(rules, analysis)));
    }
    List<String> losses = new ArrayList<>();
    for (RecordingPass pass : finished) {
      pass.losses().forEach(loss -> losses.add(pass.file().name() + ": " + loss));
    }
    return new Analysis(
        finished.stream()
            .sorted(Comparator.comparingLong(pass -> pass.jvms().get(0).startNanos()))
            .map(RecordingPass::file)
            .toList(),
        analyses,
        losses,
        finished.stream().mapToLong(RecordingPass::lossCount).sum(),
        interrupted);
  }
}
