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

/** Runs every jcstress test, each in a few JVMs of its own. */
@Tag("long")
class StressTest {
  /** Shorter than jcstress's own quick mode, and without a JVM for each mix of compilers. */
  private static final List<String> OPTIONS =
      List.of(
          "-m", "quick", "-f", "1", "-iters", "1", "-time", "400", "-sc", "false", "-af", "NONE");

  @Test
  void races_ofTheHardware_showNoForbiddenOutcome() throws IOException, InterruptedException {
    Path target = Path.of("target").toAbsolutePath();
    Path report = Files.createDirectories(target.resolve("jcstress"));
    Path log = report.resolve("run.log");
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "org.openjdk.jcstress.Main",
                    "-r",
                    report.toString()),
                OPTIONS.stream())
            .toList();
    Process process =
        new ProcessBuilder(command)
            .directory(report.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int exit = process.waitFor();
    String text = Files.readString(log);
    assertEquals(0, exit, text);
    assertTrue(text.contains("Failed tests: No matches."), text);
    assertTrue(text.contains("Error tests: No matches."), text);
    long tests;
    try (Stream<Path> sources = Files.list(Path.of("src/main/java/org/xivebench/stress"))) {
      tests = sources.filter(source -> source.toString().endsWith("Stress.java")).count();
    }
    assertTrue(text.contains("All remaining tests: " + tests + " matching"), text);
  }
}
