package org.xivebench.replay.cli;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.xivebench.replay.InputException;
import org.xivebench.replay.analysis.Analyzer;
import org.xivebench.replay.analysis.RecordingInput;
import org.xivebench.replay.analysis.model.Analysis;
import org.xivebench.replay.jfr.DamagedRecordingException;
import org.xivebench.replay.jfr.ReadMode;
import org.xivebench.replay.jfr.RecordingException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The recordings that a command reads, and what it does about damage in them. */
final class RecordingOptions {
  @Mixin private RecordingFiles files;

  @Option(
      names = "--salvage",
      description = "Pass damage over and take what can be read, instead of refusing the file.")
  private boolean salvage;

  /** How damage is treated. */
  ReadMode mode() {
    return salvage ? ReadMode.SALVAGE : ReadMode.STRICT;
  }

  /** Whether any is named. */
  boolean areNamed() {
    return files.areNamed();
  }

  /** The recordings, each once. */
  List<RecordingInput> inputs() throws IOException {
    return files.inputs();
  }

  /** Analyses the recordings, with progress, and makes one line of what is wrong with them. */
  Analysis analyze(
      CommandContext context, ReportOptions report, Analyzer analyzer, List<RecordingInput> inputs)
      throws IOException {
    try (ProgressBar progress = report.progress(context, "analysing", "bytes")) {
      return analyzer.analyze(inputs, progress, context.cancellation());
    } catch (RecordingException e) {
      throw refused(e);
    } catch (NoSuchFileException e) {
      throw new InputException(Path.of(e.getFile()), "there is no such file", e);
    }
  }

  /** What is said of a recording that is none, or is damaged. */
  static InputException refused(RecordingException e) {
    String hint =
        e instanceof DamagedRecordingException
            ? "; 'xivebench doctor' tells what is left, --salvage takes it"
            : "";
    return new InputException(Path.of(e.file()), problem(e) + hint, e);
  }

  /** What is wrong, without the name of the file. */
  static String problem(RecordingException e) {
    return e.getMessage().substring(e.file().length() + ": ".length());
  }
}
