package org.xivebench.itest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.xivebench.replay.launcher.BundleRuntime;
import org.xivebench.replay.launcher.LaunchException;

/** The distribution that the build has just packed. */
final class Distribution {
  private static final int PROCESS_TIMEOUT_SECONDS = 60;

  private Distribution() {}

  /** Its top folder. */
  static Path home() {
    return Path.of(System.getProperty("xivebench.distribution")).normalize();
  }

  /** Starts its bundles in this JVM. Every one of them must come up. */
  static BundleRuntime start() throws LaunchException {
    List<String> problems = new ArrayList<>();
    BundleRuntime runtime =
        BundleRuntime.start(
            home().resolve("bundles"),
            home().resolve("conf").resolve("framework.properties"),
            problems::add);
    if (!problems.isEmpty()) {
      runtime.close();
      throw new AssertionError("bundles that did not come up: " + problems);
    }
    return runtime;
  }

  /** What a run of {@code bin/xivebench} gave. */
  record Outcome(int exitCode, String out, String err) {}

  /** Runs {@code bin/xivebench} of this distribution as a process of its own. */
  static Outcome run(Path scratch, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    return runProgram(home().resolve("bin").resolve("xivebench"), scratch, environment, args);
  }

  /** The same through another path to it. */
  static Outcome runProgram(
      Path program, Path scratch, Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    Path out = scratch.resolve("out.txt");
    Path err = scratch.resolve("err.txt");
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("XIVEBENCH_CACHE", scratch.resolve("cache").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      assertTrue(
          process.waitFor(PROCESS_TIMEOUT_SECONDS, TimeUnit.SECONDS), "still runs: " + command);
    } finally {
      process.destroyForcibly();
    }
    return new Outcome(
        process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }
}
