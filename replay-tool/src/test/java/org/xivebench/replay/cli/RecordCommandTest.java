package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import org.xivebench.replay.importer.JvmRules;
import org.xivebench.replay.jfr.Completeness;
import org.xivebench.replay.jfr.JfrReader;

/** Records real JVMs: one that is started, one that runs. */
@Timeout(120)
final class RecordCommandTest {
  private static final String SETTINGS =
      Path.of("src", "main", "distribution", "conf", "interrupts.jfc").toString();

  private final CommandLineHarness harness = new CommandLineHarness(Commands::create);

  @TempDir private Path folder;

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** A program in one file: the java launcher compiles it. */
  private String program(String body) throws IOException {
    String text =
        "public class Waits { public static void main(String[] a) throws Exception { "
            + body
            + " } }";
    return Files.writeString(folder.resolve("Waits.java"), text).toString();
  }

  private Outcome record(String... more) {
    String[] args = new String[5 + more.length];
    args[0] = "record";
    args[1] = "--settings";
    args[2] = SETTINGS;
    args[3] = "-o";
    args[4] = folder.resolve("rec.jfr").toString();
    System.arraycopy(more, 0, args, 5, more.length);
    return harness.run(args);
  }

  @Test
  void program_started_isRecordedWithWhatTheRulesWant() throws IOException {
    String waits =
        program(
            "Thread t = new Thread(() -> java.util.concurrent.locks.LockSupport.parkNanos(1000));"
                + " t.start(); t.join();");
    Outcome outcome = record("--", java(), waits);
    assertEquals(0, outcome.exitCode(), outcome.err());

    try (JfrReader reader = JfrReader.open(folder.resolve("rec.jfr"))) {
      Completeness completeness = Completeness.of(reader);
      reader.readAll();
      for (JvmRules.Rule rule : JvmRules.standard().rules()) {
        // A profiler's samples are no part of the workload.
        if (!rule.event().equals("jdk.ExecutionSample")) {
          String event = rule.event();
          assertEquals("true", completeness.settings(event).get("enabled"), event);
          assertTrue(completeness.isComplete(event), event + " is a sample");
        }
      }
    }
    Outcome imported =
        harness.run(
            "import",
            "jvm",
            folder.resolve("rec.jfr").toString(),
            "-o",
            folder.resolve("t.jfr").toString(),
            "--explain");
    assertEquals(0, imported.exitCode(), imported.err());
    assertFalse(imported.out().contains("approximate: jdk."), imported.out());
    assertTrue(imported.out().contains(" jdk.ThreadPark -> "), imported.out());
  }

  @Test
  void programThatFails_started_isRecordedAndTold() throws IOException {
    Outcome outcome = record("--", java(), program("System.exit(3);"));
    assertEquals(1, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains("ended with exit code 3"), outcome.err());
    assertTrue(Files.size(folder.resolve("rec.jfr")) > 0);
  }

  @Test
  void processThatRuns_attachedTo_isRecorded() throws Exception {
    Process process =
        new ProcessBuilder(java(), program("System.out.println(); System.in.read();")).start();
    try {
      assertEquals('\n', process.getInputStream().read(), "the program did not start");
      Outcome outcome = record("--pid", Long.toString(process.pid()), "--for", "1s");
      assertEquals(0, outcome.exitCode(), outcome.err());
      assertTrue(Files.size(folder.resolve("rec.jfr")) > 0);
      assertTrue(process.isAlive(), "the program was ended");
    } finally {
      process.destroy();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    }
  }

  /** As by Ctrl-C, once the program has told that it runs. */
  @Test
  void programThatIsInterrupted_started_isRecordedAsFarAsItCame() throws Exception {
    try (ServerSocket told = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String waits =
          program(
              "new java.net.Socket(java.net.InetAddress.getLoopbackAddress(), "
                  + told.getLocalPort()
                  + "); Thread.sleep(100_000);");
      XivebenchCommandLine commandLine = new XivebenchCommandLine(null, Map.of(), Commands::create);
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      PrintStream out = new PrintStream(OutputStream.nullOutputStream(), true, UTF_8);
      String recording = folder.resolve("rec.jfr").toString();
      String[] args = {"record", "--settings", SETTINGS, "-o", recording, "--", java(), waits};
      CompletableFuture<Integer> run =
          CompletableFuture.supplyAsync(
              () -> commandLine.run(args, out, new PrintStream(err, true, UTF_8)));
      told.accept().close();
      commandLine.cancel();

      assertEquals(4, run.get(60, TimeUnit.SECONDS), err.toString(UTF_8));
      try (JfrReader reader = JfrReader.open(folder.resolve("rec.jfr"))) {
        reader.readAll();
        assertTrue(reader.chunks() > 0);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-o x | name either a program",
        "--pid 1 -- java | name either a program",
        "--for 3s -- java | --for is for --pid",
        "--pid 1 --for 3 | --for 3: must be a time",
        "--pid 999999999 | there is no such process",
        "-- mvn verify | mvn: is not java",
        "-- /nowhere/java | /nowhere/java: cannot be started",
      })
  void wrongUsage_isNamed(String arguments, String expected) {
    String[] more = arguments.split(" ", -1);
    Outcome outcome = more[0].equals("-o") ? record() : record(more);
    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains(expected), outcome.err());
    assertFalse(Files.exists(folder.resolve("rec.jfr")));
  }
}
