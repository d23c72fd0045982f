package org.xivebench.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.itest.Distribution.Outcome;

/** The script {@code bin/xivebench}: finding Java, the class-data archive, exit codes. */
@Timeout(180)
class ScriptTest {
  @TempDir private Path scratch;

  @Test
  void version_runTwice_makesOneArchiveAndSaysTheSame() throws Exception {
    Outcome first = Distribution.run(scratch, Map.of(), "--version");
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.out().startsWith("xivebench "), first.out());
    assertTrue(first.out().contains(System.getProperty("java.vendor")), first.out());
    assertEquals("", first.err());
    assertEquals(1, files(scratch.resolve("cache")).size());
    assertEquals(first, Distribution.run(scratch, Map.of(), "--version"));
  }

  @Test
  void analyse_runTwice_makesOneArchiveAndSaysTheSame() throws Exception {
    String sample = Distribution.home().resolve("samples").resolve("boot-xics.jfr").toString();
    Outcome first = Distribution.run(scratch, Map.of(), "analyse", sample);
    assertEquals(0, first.exitCode(), first.err());
    assertEquals("", first.err());
    assertTrue(first.out().contains("trace of"), first.out());
    assertEquals(1, files(scratch.resolve("cache")).size());
    assertEquals(first, Distribution.run(scratch, Map.of(), "analyse", sample));
  }

  @Test
  void analyse_withoutArchive_saysWhatItSaysWithOne() throws Exception {
    String sample = Distribution.home().resolve("samples").resolve("boot-xics.jfr").toString();
    assertEquals(
        Distribution.run(scratch, Map.of(), "analyse", sample),
        Distribution.run(scratch, Map.of("XIVEBENCH_CACHE", ""), "analyse", sample));
  }

  @Test
  void version_whenCacheCannotBeMade_runsWithout() throws Exception {
    Path file = Files.createFile(scratch.resolve("no-folder"));
    Outcome outcome =
        Distribution.run(
            scratch, Map.of("XIVEBENCH_CACHE", file.resolve("cache").toString()), "--version");
    assertEquals(0, outcome.exitCode());
    assertEquals("", outcome.err());
  }

  @Test
  void version_withDamagedArchive_runsWithout() throws Exception {
    Distribution.run(scratch, Map.of(), "--version");
    Path archive = files(scratch.resolve("cache")).get(0);
    Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-------"));
    Files.write(archive, new byte[] {1, 2, 3});
    Outcome outcome = Distribution.run(scratch, Map.of(), "--version");
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertEquals("", outcome.err());
  }

  @Test
  void script_calledThroughSymbolicLink_findsItsFolder() throws Exception {
    Path link =
        Files.createSymbolicLink(
            scratch.resolve("link"), Distribution.home().resolve("bin").resolve("xivebench"));
    Outcome outcome = Distribution.runProgram(link, scratch, Map.of(), "--version");
    assertEquals(0, outcome.exitCode(), outcome.err());
  }

  @Test
  void javaHome_withoutJava_isNamed() throws Exception {
    Outcome outcome =
        Distribution.run(scratch, Map.of("JAVA_HOME", scratch.toString()), "--version");
    assertEquals(2, outcome.exitCode());
    assertEquals(
        "xivebench: JAVA_HOME is "
            + scratch
            + ", where there is no bin/java; set it to a JDK 17 or newer, or unset it\n",
        outcome.err());
  }

  @Test
  void java_thatIsTooOld_isNamedWithItsVersion() throws Exception {
    Path jdk = scratch.resolve("jdk");
    Files.createDirectories(jdk.resolve("bin"));
    Files.createFile(
        jdk.resolve("bin").resolve("java"),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"11.0.2\"\n");
    Outcome outcome = Distribution.run(scratch, Map.of("JAVA_HOME", jdk.toString()), "--version");
    assertEquals(2, outcome.exitCode());
    assertEquals(
        "xivebench: "
            + jdk.resolve("bin").resolve("java")
            + " is Java 11.0.2; xivebench needs 17 or newer (JAVA_HOME chooses one)\n",
        outcome.err());
  }

  @Test
  void usageError_leavesStandardOutputEmpty() throws Exception {
    assertEquals(
        new Outcome(2, "", "xivebench: unknown command 777; see 'xivebench --help'\n"),
        Distribution.run(scratch, Map.of(), "777"));
  }

  @Test
  void run_leavesNoFrameworkStorageBehind() throws Exception {
    Path temporary = Files.createDirectory(scratch.resolve("tmp"));
    Outcome outcome =
        Distribution.run(
            scratch, Map.of("XIVEBENCH_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary), "backends");
    assertEquals(0, outcome.exitCode(), outcome.err());
    assertEquals(List.of(), files(temporary));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
