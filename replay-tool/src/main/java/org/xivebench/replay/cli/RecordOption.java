package org.xivebench.replay.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.xivebench.replay.OutputFile;
import picocli.CommandLine.Option;

/** The option to record the run itself. */
final class RecordOption {
  @Option(
      names = "--record",
      paramLabel = "FILE.jfr",
      description =
          "Record the run as JFR events (org.xivebench.*), for 'jfr', JDK Mission Control and"
              + " 'xivebench replay'.")
  private Path file;

  /**
   * Prepares the recording's file, before any work is done for it; empty when none is wanted.
   *
   * @throws org.xivebench.replay.UsageException when the file cannot be written
   */
  Optional<OutputFile> open() {
    return Optional.ofNullable(file).map(OutputFile::create);
  }
}
