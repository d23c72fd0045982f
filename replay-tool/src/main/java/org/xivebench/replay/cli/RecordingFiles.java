package org.xivebench.replay.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.xivebench.replay.InputException;
import org.xivebench.replay.UsageException;
import org.xivebench.replay.analysis.RecordingInput;
import picocli.CommandLine.Parameters;

/** The recordings that a command reads. */
final class RecordingFiles {
  private static final String STANDARD_INPUT = "-";

  @Parameters(
      arity = "0..*",
      paramLabel = "REC",
      description =
          "Recordings (.jfr, plain or gzip), folders whose .jfr and .jfr.gz files are taken, or '-'"
              + " for standard input.")
  private List<Path> paths = List.of();

  /** Whether any is named. */
  boolean areNamed() {
    return !paths.isEmpty();
  }

  /**
   * The recordings, each once.
   *
   * @throws UsageException if none is named, or a folder has none
   * @throws InputException if a file or folder does not exist
   */
  List<RecordingInput> inputs() throws IOException {
    if (paths.isEmpty()) {
      throw new UsageException("no recording was named: files, folders, or - for standard input");
    }
    // By real path, so that a file that is named twice is not counted twice.
    Map<Path, RecordingInput> inputs = new LinkedHashMap<>();
    for (Path path : paths) {
      if (path.toString().equals(STANDARD_INPUT)) {
        inputs.put(path, RecordingInput.ofStream("standard input", () -> System.in));
      } else if (Files.isDirectory(path)) {
        List<Path> files = recordingsIn(path);
        if (files.isEmpty()) {
          throw new UsageException(path + ": there is no .jfr or .jfr.gz file in this folder");
        }
        for (Path file : files) {
          inputs.put(file.toRealPath(), RecordingInput.of(file));
        }
      } else if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new InputException(path, "there is no such file");
      } else if (!Files.isReadable(path)) {
        throw new InputException(path, "cannot be read: permission denied");
      } else {
        inputs.put(path.toRealPath(), RecordingInput.of(path));
      }
    }
    return new ArrayList<>(inputs.values());
  }

  private static List<Path> recordingsIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(RecordingFiles::isRecording).sorted().toList();
    } catch (UncheckedIOException e) {
      throw new InputException(folder, "cannot be read: " + e.getCause().getMessage(), e);
    }
  }

  private static boolean isRecording(Path file) {
    String name = file.getFileName().toString();
    return (name.endsWith(".jfr") || name.endsWith(".jfr.gz")) && Files.isRegularFile(file);
  }
}
