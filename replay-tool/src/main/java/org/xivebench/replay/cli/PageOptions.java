package org.xivebench.replay.cli;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.EventFilter;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.RepeatedChunks;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.html.HtmlReport;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.perfetto.PerfettoTrace;
import picocli.CommandLine.Option;

/** What an analysis can be written as beside text and JSON: a page, and a trace for Perfetto. */
final class PageOptions {
  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page with charts: one file that opens from disk, without a network.")
  private Path html;

  @Option(
      names = "--perfetto",
      paramLabel = "FILE",
      description =
          "Write every event as a trace for ui.perfetto.dev; compressed if FILE ends in .gz.")
  private Path perfetto;

  /** Whether either is asked for. */
  boolean areGiven() {
    return html != null || perfetto != null;
  }

  /**
   * Prepares the files, before any work is done for them.
   *
   * @throws UsageException when one cannot be written, or a recording cannot be read a second time
   */
  Files open(List<RecordingInput> inputs) {
    if (perfetto != null && !inputs.stream().allMatch(RecordingInput::canBeReadAgain)) {
      throw new UsageException("--perfetto reads the recording again, which a pipe does not allow");
    }
    OutputFile page = html == null ? null : OutputFile.create(html);
    return new Files(page, perfetto == null ? null : OutputFile.create(perfetto));
  }

  /** The files that are to be written. */
  final class Files implements Closeable {
    private final OutputFile page;
    private final OutputFile trace;

    private Files(OutputFile page, OutputFile trace) {
      this.page = page;
      this.trace = trace;
    }

    /** Writes both; a file appears when it is whole. */
    void write(Analysis analysis, List<RecordingInput> inputs, ReadMode mode, EventFilter filter)
        throws IOException {
      if (page != null) {
        try (OutputStream out = page.newStream()) {
          HtmlReport.write(analysis, out);
        }
        page.commit();
      }
      if (trace != null) {
        boolean packed = perfetto.toString().endsWith(".gz");
        try (OutputStream out = trace.newStream();
            PerfettoTrace events =
                new PerfettoTrace(packed ? new GZIPOutputStream(out, 1 << 16) : out)) {
          for (RecordingInput input : RepeatedChunks.passedOver(inOrder(inputs))) {
            try (JfrReader reader = input.open(mode)) {
              events.write(reader, filter);
            }
          }
        }
        trace.commit();
      }
    }

    /** The earliest first, by the headers of their first chunks. */
    private static List<RecordingInput> inOrder(List<RecordingInput> inputs) throws IOException {
      if (inputs.size() == 1) {
        return inputs;
      }
      Map<RecordingInput, Long> starts = new HashMap<>();
      for (RecordingInput input : inputs) {
        try (JfrReader reader = input.open(ReadMode.SALVAGE)) {
          starts.put(input, reader.chunkSpans().get(0).header().startNanos());
        }
      }
      return inputs.stream().sorted(Comparator.comparing(starts::get)).toList();
    }

    @Override
    public void close() throws IOException {
      if (page != null) {
        page.close();
      }
      if (trace != null) {
        trace.close();
      }
    }
  }
}
