package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.text.ParseException;
import java.util.Optional;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import org.xivebench.replay.OutputException;
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
    T run() throws IOException, InterruptedException;
  }

  /** What is recorded as a trace, too. */
  @FunctionalInterface
  interface TracedRun<T> {
    /**
     * Runs.
     *
     * @param out where the trace goes, closed by the run; null if none is wanted
     */
    T run(OutputStream out) throws IOException;
  }

  /**
   * Runs something that records itself as a trace, under a JFR recording of this process, if a file
   * is wanted. The process's chunks follow the trace's: a recording may have those of several
   * origins.
   */
  static <T> T traced(Optional<OutputFile> file, TracedRun<T> run) throws IOException {
    if (file.isEmpty()) {
      return run.run(null);
    }
    Path process = Files.createTempFile("xivebench-process", ".jfr");
    try (Recording recording = new Recording(Configuration.getConfiguration("default"))) {
      recording.start();
      T result = run.run(file.get().newStream());
      if (dumped(recording, process)) {
        append(process, file.get());
      }
      file.get().commit();
      return result;
    } catch (ParseException e) {
      throw new IOException("the JDK's default recording configuration cannot be read", e);
    } finally {
      Files.delete(process);
    }
  }

  /**
   * Stops a recording and writes it. When the JVM is told to end, JFR stops and closes recordings
   * by itself, at the same time: then there may be none any more.
   *
   * @return whether there was one to write
   * @throws OutputException if it cannot be written
   */
  private static boolean dumped(Recording recording, Path to) throws OutputException {
    try {
      if (recording.getState() == RecordingState.RUNNING) {
        recording.stop();
      }
      recording.dump(to);
      return true;
    } catch (IllegalStateException alreadyEnded) {
      return false;
    } catch (IOException e) {
      if (recording.getState() == RecordingState.CLOSED) {
        return false;
      }
      throw new OutputException(to.toString(), e);
    }
  }

  private static void append(Path process, OutputFile file) throws IOException {
    try (OutputStream end = Files.newOutputStream(file.path(), StandardOpenOption.APPEND)) {
      long unusedSize = Files.copy(process, end);
    } catch (IOException e) {
      throw new OutputException(file.path().toString(), e);
    }
  }

  /** Runs something under a JFR recording of this process, if one is wanted. */
  static <T> T recorded(Optional<OutputFile> file, Run<T> run)
      throws IOException, InterruptedException {
    if (file.isEmpty()) {
      return run.run();
    }
    try (Recording recording = new Recording(Configuration.getConfiguration("default"))) {
      recording.start();
      T result = run.run();
      if (!dumped(recording, file.get().path())) {
        throw new OutputException(
            "the recording", new IOException("JFR has ended it before the run"));
      }
      file.get().commit();
      return result;
    } catch (ParseException e) {
      throw new IOException("the JDK's default recording configuration cannot be read", e);
    }
  }
}
