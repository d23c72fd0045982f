package org.xivebench.itest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C of a replay: it stops, drains, says what it did, and exits with 4. */
@Timeout(120)
class ReplayInterruptionTest {
  /** More cycles than anybody waits for. */
  private static final String CYCLES = "100000";

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  @TempDir private Path scratch;

  @Test
  void interrupt_ofAReplay_reportsWhatWasDoneAndExitsWith4() throws Exception {
    Path json = scratch.resolve("report.json");
    Path out = scratch.resolve("out.txt");
    Path err = scratch.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Distribution.home().resolve("bin").resolve("xivebench").toString(),
                "replay",
                Distribution.home().resolve("samples").resolve("boot-xics.jfr").toString(),
                "--swap-every",
                "100",
                "--cycles",
                CYCLES,
                "--json",
                json.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("XIVEBENCH_CACHE", scratch.resolve("cache").toString());
    Process process = builder.start();
    try {
      awaitBeginOf(process, json);
      // SIGTERM, which a JVM treats as it treats SIGINT; a process cannot be sent that from Java.
      assertTrue(process.toHandle().destroy());
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "still runs");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(4, process.exitValue(), Files.readString(err, UTF_8));
    String report = Files.readString(out, UTF_8);
    assertTrue(report.contains("ended early by the user"), report);
    assertTrue(report.contains("operations replayed"), report);
    String fields = Files.readString(json, UTF_8);
    assertTrue(fields.contains("\"interrupted\" : true"), fields);
    assertTrue(fields.contains("\"lost\" : 0"), fields);
    assertTrue(fields.contains("\"invented\" : 0"), fields);
  }

  /** The JSON file is prepared, under a temporary name, right before the run begins. */
  private void awaitBeginOf(Process process, Path json) throws Exception {
    Path temporary = Path.of(json + ".part" + process.pid());
    while (!Files.exists(temporary)) {
      assertTrue(process.isAlive(), "ended before it began");
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
