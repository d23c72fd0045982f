package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;

/** No command writes over what it reads, or one of its outputs over another. */
@Timeout(60)
class FileArgumentsTest {
  private static final Path SAMPLE = Path.of("..", "samples", "boot-xics.jfr");

  private final CommandLineHarness harness = new CommandLineHarness(Commands::create);

  @TempDir private Path folder;

  private Path copyOfSample() throws IOException {
    return Files.copy(SAMPLE, folder.resolve("in.jfr"));
  }

  private Outcome run(String line) {
    return harness.run(line.replace("@", folder + "/").split(" ", -1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replay @in.jfr --json @in.jfr",
        "replay @in.jfr --record @./in.jfr",
        "replay @in.jfr --record @link.jfr",
        "replay @in.jfr --record @hard.jfr",
        "cut @in.jfr -o @in.jfr --to 9",
        "convert @in.jfr @in.jfr",
        "diff @in.jfr @other.jfr --json @in.jfr",
        "diff @other.jfr @in.jfr --json @in.jfr",
        "import qemu @in.jfr -o @out.jfr --json @in.jfr",
        "import qemu @other.jfr --snapshots @in.jfr -o @in.jfr",
        "import jvm @other.jfr --rules @in.jfr -o @in.jfr",
        "analyse @in.jfr --html @in.jfr",
        "analyse @in.jfr --csv @in.jfr",
        "stats @other.jfr @in.jfr --field x --json @in.jfr",
        "conformance @in.jfr --json @in.jfr"
      })
  void outputThatIsAnInput_isRefused(String line) throws IOException {
    Path in = copyOfSample();
    Files.createLink(folder.resolve("hard.jfr"), in);
    Files.createSymbolicLink(folder.resolve("link.jfr"), in);

    Outcome outcome = run(line);

    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains("is the input itself"), outcome.err());
    assertEquals(1, outcome.err().lines().count());
    assertArrayEquals(Files.readAllBytes(SAMPLE), Files.readAllBytes(in));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "replay @in.jfr --record @out --json @out",
        "replay @in.jfr --json @out --record @x/../out",
        "import qemu @in.jfr -o @out --json @out",
        "analyse @in.jfr --html @out --perfetto @out"
      })
  void oneFileForTwoOutputs_isRefused(String line) throws IOException {
    Path unusedIn = copyOfSample();

    Outcome outcome = run(line);

    assertEquals(2, outcome.exitCode(), outcome.err());
    assertTrue(outcome.err().contains("is named by --"), outcome.err());
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void fullDisk_isOneLineThatNamesTheFile() throws IOException {
    Path unusedIn = copyOfSample();

    Outcome cut = run("cut @in.jfr -o /dev/full");

    assertEquals(2, cut.exitCode(), cut.err());
    assertTrue(cut.err().startsWith("xivebench cut: /dev/full: cannot be written: "), cut.err());
    assertEquals(1, cut.err().lines().count());
  }

  @Test
  void devices_mayBeNamedTwice() throws IOException {
    Path unusedIn = copyOfSample();

    assertEquals(0, run("cut @in.jfr -o /dev/null --to 9").exitCode());
    assertEquals(
        0, run("replay @in.jfr --quirks qemu-7.2 --json /dev/null --record /dev/null").exitCode());
  }
}
