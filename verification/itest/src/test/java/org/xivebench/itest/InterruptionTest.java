package org.xivebench.itest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.itest.third.WaitingCommandLine;
import org.xivebench.replay.launcher.Main;

/** A user interrupts the program: the command hands over what it has and its exit code counts. */
@Timeout(120)
class InterruptionTest {
  @TempDir private Path scratch;

  @Test
  void signal_whileCommandRuns_letsItFinishWithItsOwnExitCode() throws Exception {
    Path bundles = Files.createDirectories(scratch.resolve("home").resolve("bundles"));
    Path temporary = Files.createDirectory(scratch.resolve("tmp"));
    TestBundle.pack(
        bundles,
        "org.example.waiting",
        WaitingCommandLine.class,
        "org.osgi.framework,org.xivebench.replay.launcher");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dxivebench.home=" + bundles.getParent(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                Distribution.home().resolve("lib") + "/*",
                Main.class.getName(),
                "replay")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader out = process.inputReader(UTF_8)) {
      assertEquals(WaitingCommandLine.READY, out.readLine());
      // Through the handle: Process.destroy would close the streams as well.
      assertTrue(process.toHandle().destroy());
      assertEquals(WaitingCommandLine.PARTIAL, out.readLine());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      assertEquals(WaitingCommandLine.EXIT_CODE, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.toList());
    }
  }
}
