package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;
import org.xivebench.replay.jfr.BrokenRecordings;

/** Every kind of damage by every command that reads recordings: exit code and message. */
class BrokenRecordingsTest {
  private static Map<String, byte[]> files;

  @TempDir Path folder;

  @BeforeAll
  static void make() throws IOException {
    files = BrokenRecordings.all();
  }

  private static Outcome run(String... args) {
    return new CommandLineHarness(Commands::create).run(args);
  }

  private Path file(String name) throws IOException {
    Path file = folder.resolve(name + ".jfr");
    Files.write(file, files.get(name));
    return file;
  }

  /**
   * The table. Name; exit code of analyse, stats and check; of analyse --salvage; of doctor; events
   * in the recording that doctor saves, -1 for none; what analyse, stats and check say.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "gzipped-but-named                | 0 | 0 | 0 | 10894 |",
        "two-chunks-concatenated-VALID    | 0 | 0 | 0 | 21788 |",
        "crashed-repository-chunk-jdk17   | 0 | 0 | 1 |  1732 |",
        "crashed-repository-chunk-jdk25   | 0 | 0 | 1 |  1767 |",
        "newer-minor-version              | 0 | 0 | 0 | 10894 |",
        "unknown-event-types              | 0 | 0 | 0 |  1000 |",
        "zero-events                      | 0 | 0 | 0 |     0 |",
        "clock-goes-back                  | 0 | 0 | 0 | 21788 |",
        "newer-major-version              | 3 | 4 | 1 | 10894 | unknown format version 3.1",
        "zero-length                      | 3 | 3 | 3 |    -1 | not a flight recording: it is empty",
        "text-renamed                     | 3 | 3 | 3 |    -1 | not a flight recording: it does not",
        "truncated-in-header              | 3 | 3 | 3 |    -1 | the header is cut off after 40 of",
        "bad-magic                        | 3 | 4 | 1 | 10894 | it does not begin with 'FLR'",
        "bad-version                      | 3 | 4 | 1 | 10894 | unknown format version 99.1",
        "truncated-mid-chunk              | 3 | 4 | 1 |    -1 | but the recording ends after 317263",
        "truncated-last-byte              | 3 | 4 | 1 | 10894 | but the recording ends after 634525",
        "header-chunk-size-zero           | 3 | 4 | 1 | 10894 | the header gives no size",
        "header-chunk-size-too-big        | 3 | 4 | 1 | 10894 | the header gives a size of 1634526",
        "header-cp-offset-off             | 3 | 4 | 1 | 10894 | byte 538159: no checkpoint here",
        "header-metadata-offset-past-end  | 3 | 4 | 1 | 10894 | places the metadata at byte 2538104",
        "header-ticks-per-second-zero     | 3 | 4 | 1 | 10894 | the header gives 0 ticks a second",
        "constant-pool-corrupted          | 3 | 4 | 1 | 10894 | has the undeclared type",
        "metadata-corrupted               | 3 | 4 | 1 |    -1 | a string has the unknown encoding",
        "zero-hole-in-events              | 3 | 4 | 1 | 10888 | a record claims 0 bytes",
        "bit-flips-300                    | 3 | 4 | 1 |    -1 | a string has the unknown encoding",
        "good-then-garbage-tail           | 3 | 4 | 1 | 10894 | byte 634526: no chunk begins here",
        "good-then-truncated-second-chunk | 3 | 4 | 1 | 20367 | chunk 2, byte 634526: the header gives",
      })
  void recording_broken_byEachCommand(
      String name, int strict, int salvaged, int examined, int saved, String message)
      throws IOException {
    Path file = file(name);
    for (String command : new String[] {"analyse", "stats", "check"}) {
      // The sample's own finding of a warning is not what is looked at here.
      Outcome outcome =
          command.equals("check")
              ? run(command, "--severity", "error", file.toString())
              : run(command, file.toString());
      assertEquals(strict, outcome.exitCode(), () -> command + ": " + outcome.err());
      assertSaid(command, file, message, outcome);
    }
    assertEquals(salvaged, run("analyse", "--salvage", file.toString()).exitCode());

    Path out = folder.resolve("saved.jfr");
    Outcome doctor = run("doctor", "-o", out.toString(), file.toString());
    assertEquals(examined, doctor.exitCode(), doctor::err);
    assertEquals(saved, Files.exists(out) ? eventsOf(out) : -1);
  }

  @Test
  void table_namesEveryKindOfDamage() throws Exception {
    CsvSource table =
        BrokenRecordingsTest.class
            .getDeclaredMethod(
                "recording_broken_byEachCommand",
                String.class,
                int.class,
                int.class,
                int.class,
                int.class,
                String.class)
            .getAnnotation(CsvSource.class);
    assertEquals(
        files.keySet(),
        Stream.of(table.value())
            .map(row -> row.substring(0, row.indexOf('|')).strip())
            .collect(Collectors.toSet()));
  }

  /** One line that names command, file and cause, and nothing on standard output; or no line. */
  private static void assertSaid(String command, Path file, String message, Outcome outcome) {
    if (message == null) {
      assertEquals("", outcome.err());
      assertFalse(outcome.out().isEmpty());
      return;
    }
    assertEquals(1, outcome.err().lines().count(), outcome::err);
    assertTrue(outcome.err().startsWith("xivebench " + command + ": " + file + ": "), outcome::err);
    assertTrue(outcome.err().contains(message), outcome::err);
    assertEquals("", outcome.out());
  }

  /** The events of a recording, by the JDK's own reader, which must not find anything wrong. */
  private static long eventsOf(Path recording) throws IOException {
    long events = 0;
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        file.readEvent();
        events++;
      }
    }
    return events;
  }

  @Test
  void doctor_ofDamagedEvents_savesWhatAnalyseThenTakesWithoutComplaint() throws IOException {
    Path out = folder.resolve("saved.jfr");
    run("doctor", "-o", out.toString(), file("zero-hole-in-events").toString());
    Outcome outcome = run("analyse", out.toString());
    assertEquals(ExitCode.OK, outcome.exitCode());
    assertEquals("", outcome.err());
    assertTrue(outcome.out().contains("10,888"), outcome::out);
    assertEquals(ExitCode.OK, run("doctor", out.toString()).exitCode());
  }

  @Test
  void doctor_outputIsTheRecordingItself_isRefused() throws IOException {
    Path file = file("bad-magic");
    Outcome outcome = run("doctor", "-o", file.toString(), file.toString());
    assertEquals(ExitCode.USAGE, outcome.exitCode());
    assertEquals(
        "xivebench doctor: " + file + ": is the input itself; name another file to write\n",
        outcome.err());
    assertArrayEquals(files.get("bad-magic"), Files.readAllBytes(file));
  }

  @Test
  void json_ofARecordingThatIsRefused_isNotWritten() throws IOException {
    Path json = folder.resolve("out.json");
    Outcome outcome =
        run("analyse", "--json", json.toString(), file("constant-pool-corrupted").toString());
    assertEquals(ExitCode.INPUT, outcome.exitCode());
    assertFalse(Files.exists(json));
  }
}
