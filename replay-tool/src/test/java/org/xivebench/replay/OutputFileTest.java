package org.xivebench.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
  @TempDir private Path folder;

  @Test
  void commit_afterWriting_putsFileInPlaceAndNothingElse() throws IOException {
    Path target = folder.resolve("out.jfr");
    try (OutputFile file = OutputFile.create(target)) {
      write(file, "whole");
      assertFalse(Files.exists(target), "visible before it is whole");
      file.commit();
    }
    assertEquals("whole", Files.readString(target));
    assertEquals(List.of(target), files());
  }

  @Test
  void close_withoutCommit_leavesWhatWasThere() throws IOException {
    Path target = Files.writeString(folder.resolve("out.jfr"), "before");
    try (OutputFile file = OutputFile.create(target)) {
      write(file, "half");
    }
    assertEquals("before", Files.readString(target));
    assertEquals(List.of(target), files());
  }

  @Test
  void commit_throughSymbolicLink_replacesTheFileAndKeepsTheLink() throws IOException {
    Path real = Files.writeString(folder.resolve("real.jfr"), "before");
    Path link = Files.createSymbolicLink(folder.resolve("link.jfr"), real);
    try (OutputFile file = OutputFile.create(link)) {
      write(file, "after");
      file.commit();
    }
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("after", Files.readString(real));
  }

  @Test
  void create_inMissingFolder_namesFileAndFolder() {
    Path target = folder.resolve("absent").resolve("out.jfr");
    UsageException e = assertThrows(UsageException.class, () -> OutputFile.create(target));
    assertEquals(
        target + ": cannot be written: there is no folder " + folder.resolve("absent"),
        e.getMessage());
  }

  @Test
  void create_onFolder_isRefused() throws IOException {
    UsageException e = assertThrows(UsageException.class, () -> OutputFile.create(folder));
    assertEquals(folder + ": is a folder; name a file to write", e.getMessage());
    assertEquals(List.of(), files());
  }

  private static void write(OutputFile file, String text) throws IOException {
    try (OutputStream out = file.newStream()) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
