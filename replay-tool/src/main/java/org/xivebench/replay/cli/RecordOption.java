package org.xivebench.replay.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.Optional;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
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

  /** Whether a recording is wanted. */
  boolean isAskedFor() {
    return file != null;
  }

  /** What is recorded. */
  @FunctionalInterface
  interface Run<T> {
    T run() throws IOException;
  }

  /** Runs something under a JFR recording of this process, if one is wanted. */
  static <T> T recorded(Optional<OutputFile> file, Run<T> run) throws IOException {
    if (file.isEmpty()) {
      return run.run();
    }
    try (Recording recording = new Recording(Configuration.getConfiguration("default"))) {
      recording.start();
      T result = run.run();
      recording.stop();
      recording.dump(file.get().path());
      file.get().commit();
      return result;
    } catch (ParseException e) {
      throw new IOException("the JDK's default recording configuration cannot be read", e);
    }
  }
}
