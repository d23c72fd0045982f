package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.file.Path;
import org.xivebench.replay.OutputFile;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.analysis.text.CsvReport;

/** Where {@code --csv} sends the numbers: a file, standard output, or nowhere. */
final class CsvOutput implements Closeable {
  private final OutputFile file;
  private final CommandContext context;
  private final boolean standardOutput;

  private CsvOutput(OutputFile file, CommandContext context, boolean standardOutput) {
    this.file = file;
    this.context = context;
    this.standardOutput = standardOutput;
  }

  /**
   * Prepares the output, before any work is done for it.
   *
   * @param name as it was given, or null
   * @throws org.xivebench.replay.UsageException when the file cannot be written
   */
  static CsvOutput open(String name, CommandContext context) {
    boolean standardOutput = "-".equals(name);
    OutputFile file = name == null || standardOutput ? null : OutputFile.create(Path.of(name));
    return new CsvOutput(file, context, standardOutput);
  }

  /** Whether nothing else may be written to standard output. */
  boolean isStandardOutput() {
    return standardOutput;
  }

  void write(Analysis analysis) throws IOException {
    if (standardOutput) {
      new CsvReport(new OutputStreamWriter(context.out(), UTF_8)).write(analysis);
    } else if (file != null) {
      try (Writer out = new OutputStreamWriter(file.newStream(), UTF_8)) {
        new CsvReport(out).write(analysis);
      }
      file.commit();
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
