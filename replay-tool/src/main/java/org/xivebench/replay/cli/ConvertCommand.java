package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.trace.TraceEvent;
import org.xivebench.replay.trace.TraceJsonReader;
import org.xivebench.replay.trace.TraceJsonWriter;
import org.xivebench.replay.trace.TraceReader;
import org.xivebench.replay.trace.TraceWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Turns a trace into JSON Lines, and back. */
@Command(
    name = "convert",
    description = {
      "%nTurn a trace into JSON Lines, for people and other tools, or JSON Lines into a trace: the"
          + " ending of OUT, .jsonl or .jfr, says which.%n",
      "Back and forth nothing is lost."
    })
final class ConvertCommand implements Callable<Integer> {
  private static final int EVENTS_PER_CHECK = 1 << 12;

  private final CommandContext context;

  @Parameters(
      paramLabel = "IN",
      description = "The trace: .jfr or .jsonl, compressed or not; '-' for standard input.")
  private Path in;

  @Parameters(paramLabel = "OUT", description = "The file to write: OUT.jsonl or OUT.jfr.")
  private Path out;

  @Mixin private TraceInput input;
  @Mixin private ReportOptions report;

  ConvertCommand(CommandContext context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    String name = out.toString();
    boolean toJson = name.endsWith(".jsonl");
    if (!toJson && !name.endsWith(".jfr")) {
      throw new UsageException(out + ": must end in .jsonl or .jfr, to say what is wanted");
    }
    try (TraceInput traces = input;
        OutputFile file = OutputFile.create(out);
        ProgressBar progress = report.progress(context, "convert", "events")) {
      long events = toJson ? toJson(traces, file, progress) : toJfr(traces, file, progress);
      if (context.cancellation().isRequested()) {
        context.err().println("xivebench convert: interrupted; nothing was written");
        return ExitCode.PARTIAL;
      }
      file.commit();
      report.text(context).printf(Locale.ROOT, "%s: %,d events written%n", out, events);
      return traces.tellLosses(context, in, ExitCode.OK);
    }
  }

  private long toJson(TraceInput traces, OutputFile file, ProgressBar progress) throws IOException {
    long events = 0;
    try (TraceReader reader = traces.openOnce(in);
        OutputStream stream = file.newStream();
        TraceJsonWriter writer = new TraceJsonWriter(stream, reader.header())) {
      TraceEvent event;
      while ((event = reader.next()) != null && goOn(events, progress)) {
        writer.append(event);
        events++;
      }
      writer.end();
    }
    return events;
  }

  private long toJfr(TraceInput traces, OutputFile file, ProgressBar progress) throws IOException {
    try (TraceJsonReader reader = traces.openJson(in);
        TraceWriter writer = new TraceWriter(file.newStream(), reader.header())) {
      TraceEvent event;
      while ((event = reader.next()) != null && goOn(writer.count(), progress)) {
        writer.append(event);
      }
      writer.end();
      return writer.count();
    }
  }

  private boolean goOn(long events, ProgressBar progress) {
    if (events % EVENTS_PER_CHECK != 0) {
      return true;
    }
    progress.update(events, 0);
    return !context.cancellation().isRequested();
  }
}
