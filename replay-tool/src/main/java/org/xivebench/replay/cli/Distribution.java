package org.xivebench.replay.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The files beside the program, which users may read and change. */
final class Distribution {
  private Distribution() {}

  /** A file of the {@code conf} folder; null if there is none, as in tests. */
  static Path conf(String name) {
    String home = System.getProperty("xivebench.home");
    Path file = home == null ? null : Path.of(home, "conf", name);
    return file != null && Files.isReadable(file) ? file : null;
  }
}
