package org.xivebench.replay.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.xivebench.replay.InputException;

/** Finds conformance files. */
public final class ScenarioFiles {
  private ScenarioFiles() {}

  /**
   * Returns the files that are named, and those below the folders that are named, in the order of
   * their paths.
   *
   * @throws InputException for a folder without any, or one that cannot be read
   */
  public static List<Path> find(List<Path> filesAndFolders) throws InputException {
    List<Path> files = new ArrayList<>();
    for (Path named : filesAndFolders) {
      if (!Files.isDirectory(named)) {
        files.add(named);
        continue;
      }
      List<Path> below = below(named);
      if (below.isEmpty()) {
        throw new InputException(named, "there is no .jsonl or .jsonl.gz file in this folder");
      }
      files.addAll(below);
    }
    return files;
  }

  private static List<Path> below(Path folder) throws InputException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.filter(ScenarioFiles::isScenario).sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(folder, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isScenario(Path path) {
    String name = path.getFileName().toString();
    return (name.endsWith(".jsonl") || name.endsWith(".jsonl.gz")) && Files.isRegularFile(path);
  }
}
