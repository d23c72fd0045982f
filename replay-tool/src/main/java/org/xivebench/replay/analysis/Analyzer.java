package org.xivebench.replay.analysis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.analysis.rule.Rules;
import org.xivebench.replay.analysis.section.SectionType;
import org.xivebench.replay.analysis.section.Sections;

/** Analyses recordings together. */
public final class Analyzer {
  private final AnalysisOptions options;
  private final List<SectionType<?>> types;

  /** An analysis with all sections. */
  public Analyzer(AnalysisOptions options) {
    this(options, Sections.all());
  }

  Analyzer(AnalysisOptions options, List<SectionType<?>> types) {
    this.options = options;
    this.types = types;
  }

  /**
   * Reads recordings, several at a time, and puts together what they hold of the same JVM.
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
        inputs.stream().map(input -> new RecordingPass(input, options, types)).toList();
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
    if (passes.size() == 1) {
      passes.get(0).run(bytes -> progress.update(done.addAndGet(bytes), total), cancellation);
      return;
    }
    int threads = Math.min(passes.size(), Runtime.getRuntime().availableProcessors());
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (RecordingPass pass : passes) {
        running.add(
            pool.submit(
                () -> {
                  pass.run(bytes -> progress.update(done.addAndGet(bytes), total), cancellation);
                  return null;
                }));
      }
      for (Future<?> future : running) {
        await(future);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static void await(Future<?> future) throws IOException {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static Analysis result(List<RecordingPass> passes, boolean interrupted) {
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
      analyses.add(analysis.withFindings(Rules.check(analysis)));
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
