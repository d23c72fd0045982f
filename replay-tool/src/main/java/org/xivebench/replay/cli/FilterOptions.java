package org.xivebench.replay.cli;

import java.io.IOException;
import java.util.List;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.EventFilter;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.TimeSpec;
import org.xivebench.replay.jfr.ChunkSpan;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.jfr.RecordingException;
import picocli.CommandLine.Option;

/** Which events a command looks at. */
final class FilterOptions {
  @Option(
      names = "--events",
      paramLabel = "NAMES",
      split = ",",
      description =
          "Look at these event types only: names with or without 'jdk.', * and ? as in file names.")
  private List<String> events = List.of();

  @Option(
      names = "--categories",
      paramLabel = "NAMES",
      split = ",",
      description = "Look at event types of these categories only, such as 'Java Application'.")
  private List<String> categories = List.of();

  @Option(
      names = "--thread",
      paramLabel = "NAMES",
      split = ",",
      description = "Look at events of these threads only.")
  private List<String> threads = List.of();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "Look at events from then on: 2026-11-22T10:15:30Z, 10:15:30 (UTC, of the day of the"
              + " recording), 30s after its begin, -10s before its end. Units: ns us ms s m h.")
  private String from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "Look at events before then; the same forms.")
  private String to;

  /**
   * The filter.
   *
   * @throws UsageException if a time cannot be understood
   */
  EventFilter filter(List<RecordingInput> inputs) throws IOException {
    TimeSpec begin = TimeSpec.parse("--from", from);
    TimeSpec end = TimeSpec.parse("--to", to);
    long fromNanos = Long.MIN_VALUE;
    long toNanos = Long.MAX_VALUE;
    if (begin.needsSpan() || end.needsSpan()) {
      long[] span = span(inputs);
      fromNanos = begin.resolve(span[0], span[1], fromNanos);
      toNanos = end.resolve(span[0], span[1], toNanos);
    } else {
      fromNanos = begin.resolve(0, 0, fromNanos);
      toNanos = end.resolve(0, 0, toNanos);
    }
    if (fromNanos >= toNanos) {
      throw new UsageException("--from " + from + " is not before --to " + to);
    }
    return new EventFilter(events, categories, threads, fromNanos, toNanos);
  }

  /** Begin and end of the recordings, by the headers of their chunks. */
  private static long[] span(List<RecordingInput> inputs) throws IOException {
    long[] span = {Long.MAX_VALUE, Long.MIN_VALUE};
    for (RecordingInput input : inputs) {
      if (!input.canBeReadAgain()) {
        throw new UsageException(
            "--from and --to can only be full times for " + input.name() + ", which is read once");
      }
      try (JfrReader reader = input.open(ReadMode.SALVAGE)) {
        for (ChunkSpan chunk : reader.chunkSpans()) {
          span[0] = Math.min(span[0], chunk.header().startNanos());
          span[1] = Math.max(span[1], chunk.header().endNanos());
        }
      } catch (RecordingException e) {
        throw RecordingOptions.refused(e);
      }
    }
    return span;
  }
}
