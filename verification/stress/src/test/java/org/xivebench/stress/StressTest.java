package org.xivebench.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs every jcstress test, each in a few JVMs of its own, and the mutants. */
@Tag("long")
class StressTest {
  /**
   * Shorter than jcstress's own quick mode, with one set of JVM flags instead of four (tiered
   * compilation goes through all compilers by itself), and without a JVM for each mix of compilers.
   * A test makes a machine for each sample; the time is what it needs to see a missing fence.
   */
  private static final List<String> OPTIONS =
      List.of(
          "-m",
          "quick",
          "-f",
          "1",
          "-iters",
          "1",
          "-time",
          "2000",
          "-sc",
          "false",
          "-af",
          "NONE",
          "-jvmArgs",
          "-XX:+TieredCompilation");

  private static final String TESTS = "org\\.xivebench\\.stress\\.[A-Z].*";
  private static final String MUTANTS = "org\\.xivebench\\.stress\\.mutant\\..*";

  @Test
  void races_ofTheHardware_showNoForbiddenOutcome() throws IOException, InterruptedException {
    Run run = jcstress("tests", TESTS);
    assertEquals(0, run.exitCode(), run.log());
    assertTrue(run.log().contains("Failed tests: No matches."), run.log());
    assertTrue(run.log().contains("Error tests: No matches."), run.log());
    long tests = sources("src/main/java/org/xivebench/stress", "Stress.java");
    assertTrue(run.log().contains("All remaining tests: " + tests + " matching"), run.log());
  }

  /** What is wrong on purpose is found: or the other test would prove nothing. */
  @Test
  void mutants_allShowTheForbiddenOutcome() throws IOException, InterruptedException {
    Run run = jcstress("mutants", MUTANTS);
    long mutants = sources("src/main/java/org/xivebench/stress/mutant", "Mutant.java");
    assertTrue(run.log().contains("Failed tests: " + mutants + " matching"), run.log());
    assertTrue(run.log().contains("Error tests: No matches."), run.log());
  }

  private record Run(int exitCode, String log) {}

  private static Run jcstress(String folder, String tests)
      throws IOException, InterruptedException {
    Path report =
        Files.createDirectories(Path.of("target").toAbsolutePath().resolve("jcstress/" + folder));
    Path log = report.resolve("run.log");
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "org.openjdk.jcstress.Main",
                    "-r",
                    report.toString(),
                    "-t",
                    tests),
                OPTIONS.stream())
            .toList();
    Process process =
        new ProcessBuilder(command)
            .directory(report.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new Run(process.waitFor(), Files.readString(log));
  }

  private static long sources(String folder, String ending) throws IOException {
    try (Stream<Path> sources = Files.list(Path.of(folder))) {
      return sources.filter(source -> source.toString().endsWith(ending)).count();
    }
  }
}
