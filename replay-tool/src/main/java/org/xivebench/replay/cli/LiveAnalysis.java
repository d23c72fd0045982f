package org.xivebench.replay.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.xivebench.replay.Cancellation;
import org.xivebench.replay.InputException;
import org.xivebench.replay.Progress;
import org.xivebench.replay.analysis.Analyzer;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.text.TextOptions;
import org.xivebench.replay.analysis.text.TextReport;
import org.xivebench.replay.jfr.RecordingException;
import org.xivebench.replay.live.LiveRecording;

/**
 * Analyses the newest part of what a running JVM records, again and again, until the user types q
 * or interrupts, or the JVM ends. On a terminal each report takes the place of the one before; in a
 * pipe they follow one another.
 */
final class LiveAnalysis {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";

  private final CommandContext context;
  private final LiveRecording recording;
  private final Analyzer analyzer;
  private final Duration interval;
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * @param interval between two reports
   */
  LiveAnalysis(
      CommandContext context, LiveRecording recording, Analyzer analyzer, Duration interval) {
    this.context = context;
    this.recording = recording;
    this.analyzer = analyzer;
    this.interval = interval;
  }

  /**
   * Reports until the end.
   *
   * @return the last analysis
   * @throws InputException if the JVM ended before anything was seen of it
   */
  Analysis run(PrintStream out, TextOptions layout) throws IOException {
    context.cancellation().onRequest(ended::countDown);
    Thread listener = new Thread(this::awaitQuit, "keys");
    listener.setDaemon(true);
    listener.start();
    KeyInput keys = KeyInput.open(context.terminal());
    Analysis last = null;
    try {
      while (!ended.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        last =
            analyzer.analyze(
                List.of(RecordingInput.ofStream(recording.target(), recording::snapshot)),
                Progress.NONE,
                new Cancellation());
        show(last, out, layout);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RecordingException e) {
      throw RecordingOptions.refused(e);
    } catch (IOException e) {
      if (last == null) {
        throw new InputException(Path.of(recording.target()), e.getMessage(), e);
      }
      out.println(e.getMessage());
    } finally {
      keys.close();
    }
    return last;
  }

  private void show(Analysis analysis, PrintStream out, TextOptions layout) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    new TextReport(new PrintStream(text, false, StandardCharsets.UTF_8), layout).print(analysis);
    if (context.terminal().outIsTerminal()) {
      out.print(HOME_AND_CLEAR);
      text.toString(StandardCharsets.UTF_8)
          .lines()
          .limit(Integer.getInteger("xivebench.terminal.lines", 24) - 2L)
          .forEach(out::println);
      out.println("q or Ctrl-C ends");
    } else {
      out.print(text.toString(StandardCharsets.UTF_8));
    }
    out.flush();
  }

  /** Ends the reports when q comes in. */
  private void awaitQuit() {
    try {
      for (int key; (key = System.in.read()) >= 0; ) {
        if (key == 'q') {
          ended.countDown();
          return;
        }
      }
    } catch (IOException e) {
      // No input: Ctrl-C is left.
    }
  }
}
