package org.xivebench.replay.analysis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.Progress;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.model.JvmAnalysis;
import org.xivebench.replay.jfr.JfrWriter;
import org.xivebench.replay.jfr.ReadMode;

/** Makes small recordings whose numbers are known, and analyses them. */
public final class Recordings {
  /** When what the tests record happens: 2023-11-14T22:13:20Z. */
  public static final long EPOCH = 1_700_000_000_000_000_000L;

  public static final long MILLI = 1_000_000L;
  public static final long SECOND = 1_000_000_000L;

  private Recordings() {}

  /** Fills a recording. */
  @FunctionalInterface
  public interface Filling {
    void into(JfrWriter writer) throws IOException;
  }

  /** Writes a recording. */
  public static Path write(Path file, Filling filling) throws IOException {
    try (JfrWriter writer = JfrWriter.create(file)) {
      filling.into(writer);
      writer.finish();
    }
    return file;
  }

  /** Analyses recordings that are sound. */
  public static Analysis analyze(EventFilter filter, Path... files) throws IOException {
    AnalysisOptions options =
        new AnalysisOptions(filter, ReadMode.STRICT, AnalysisOptions.DEFAULT_LIMIT);
    return new Analyzer(options)
        .analyze(
            List.of(files).stream().map(RecordingInput::of).toList(),
            Progress.NONE,
            new Cancellation());
  }

  /** Analyses a recording of one JVM. */
  public static JvmAnalysis analyzeOne(Path file) throws IOException {
    return analyze(EventFilter.ALL, file).jvms().get(0);
  }
}
