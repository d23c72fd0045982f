package org.xivebench.replay.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.replay.InputException;
import org.xivebench.replay.jfr.ReadMode;

/** Traces as JSON Lines: there and back, and what people write by hand. */
final class TraceJsonTest {
  private static final String HEADER =
      "{\"xivebenchTrace\":1,\"mode\":\"xive\",\"servers\":[0,8],\"sources\":[4096,4608],"
          + "\"levelSources\":[4608]}\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"snap-xive.jfr", "boot-xics.jfr"})
  void sample_toJsonAndBack_isTheSameFile(String sample) throws IOException {
    Path original = Path.of("..", "samples", sample);
    assertArrayEquals(Files.readAllBytes(original), Files.readAllBytes(thereAndBack(original)));
  }

  @Test
  void everyKind_toJsonAndBack_isTheSameFile() throws IOException {
    long seed = 5;
    Random random = new Random(seed);
    TraceHeader header =
        TraceHeader.of(
            TraceMode.DUAL,
            "quotes \" and \\ and ü",
            List.of(0, 8),
            List.of(
                new TraceHeader.Source(0x1000, true), new TraceHeader.Source(0x7fffffff, false)));
    Path original = folder.resolve("original.jfr");
    try (TraceWriter writer = new TraceWriter(Files.newOutputStream(original), header)) {
      for (int round = 0; round < 20; round++) {
        for (TraceKind kind : TraceKind.all()) {
          TraceEvent event =
              new TraceEvent()
                  .begin(kind, random.nextLong() >>> 2, random.nextInt(3) - 1, random.nextInt(9));
          for (TraceField field : kind.fields()) {
            event.set(
                field,
                switch (field.check()) {
                  case NOTHING -> random.nextLong() >> random.nextInt(64);
                  case SOURCE -> 0x7fffffff;
                  case SERVER -> 8;
                  case VCPU -> 1;
                });
          }
          writer.append(event);
        }
      }
      writer.end();
    }
    assertArrayEquals(
        Files.readAllBytes(original), Files.readAllBytes(thereAndBack(original)), "seed " + seed);
  }

  @Test
  void traceByHand_read_hasWhatWasLeftOut() throws IOException {
    Path file =
        write(
            HEADER
                + "# a device, then its line\n\n"
                + "{\"event\":\"ClaimSource\",\"source\":4608,\"lsi\":true,\"timeNanos\":5000}\n"
                + "{\"event\":\"SetLine\",\"source\":\"0x1200\",\"level\":1}\n"
                + "{\"event\":\"Hcall\",\"vcpu\":1,\"arg0\":\"0xffffffffffffffff\"}\n"
                + "{\"event\":\"TraceEnd\"}\n");
    try (TraceJsonReader reader = TraceJsonReader.open(file, ReadMode.STRICT)) {
      assertEquals(List.of(0, 8), reader.header().servers());
      assertTrue(reader.header().sources().get(1).lsi());
      assertEquals("#1 ClaimSource source=0x1200 lsi=true", reader.next().toString());
      TraceEvent line = reader.next();
      assertEquals("#2 SetLine source=0x1200 level=0x1 inferred=false", line.toString());
      assertEquals(6000, line.timeNanos());
      assertEquals(TraceEvent.NO_VCPU, line.vcpu());
      TraceEvent hcall = reader.next();
      assertEquals(1, hcall.vcpu());
      assertEquals(-1, hcall.get(TraceField.ARG0));
      assertNull(reader.next());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "nonsense | is no JSON",
        "[1] | is no JSON object",
        "{'event':'EsbLaod'} | unknown event 'EsbLaod'",
        "{'source':4096} | lacks the text 'event'",
        "{'event':'SetLine','sauce':4096} | SetLine has no field 'sauce'",
        "{'event':'SetLine','source':4097} | names source 0x1001, which",
        "{'event':'SetLine','source':99999999999} | 'source' of SetLine is out of range",
        "{'event':'SetLine','source':99999999999999999999} | is no JSON: Numeric value (",
        "{'event':'SetLine','source':'0xz'} | holds a number that is none",
        "{'event':'SetLine','source':null} | 'source' is neither a number",
        "{'event':'SetLine','source':{'a':1}} | 'source' is neither a number",
        "{'event':'SetLine','source':4096,'sequence':7} | event 7 after event 0",
        "{'event':'SetLine','source':4096,'vcpu':2} | names vCPU 2, which",
        "{'event':'SetLine','source':4096 | is no JSON",
        "{'event':'TraceEnd','count':3} | the end counts 3 events, but 0 were read",
      })
  void badLine_read_isNamedWithItsNumber(String line, String expected) throws IOException {
    Path file = write(HEADER + line.replace('\'', '"') + "\n");
    InputException e = assertThrows(InputException.class, () -> readAll(file));
    assertTrue(e.getMessage().startsWith(file + ": line 2: "), e.getMessage());
    assertTrue(e.getMessage().contains(expected), e.getMessage());
  }

  @Test
  void noEnd_read_stopsEarly() throws IOException {
    Path file = write(HEADER);
    InputException e = assertThrows(InputException.class, () -> readAll(file));
    assertTrue(e.getMessage().contains("stops early: after event 0"), e.getMessage());
  }

  @Test
  void badLines_salvaged_areLeftOutAndTold() throws IOException {
    Path file =
        write(
            HEADER
                + "{\"event\":\"SetLine\",\"source\":4096,\"sequence\":1}\n"
                + "garbage\n"
                + "{\"event\":\"SetLine\",\"source\":4608,\"sequence\":4}\n");
    try (TraceJsonReader reader = TraceJsonReader.open(file, ReadMode.SALVAGE)) {
      assertEquals(0x1000, reader.next().getInt(TraceField.SOURCE));
      assertEquals(0x1200, reader.next().getInt(TraceField.SOURCE));
      assertNull(reader.next());
      List<String> lines = reader.losses().lines();
      assertTrue(lines.get(0).startsWith("line 3: is no JSON"), lines.toString());
      assertEquals("events 2 to 3 are missing", lines.get(1));
      assertTrue(lines.get(2).startsWith("the trace stops after event 4"), lines.toString());
    }
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("by-hand.jsonl"), text);
  }

  private static void readAll(Path file) throws IOException {
    try (TraceJsonReader reader = TraceJsonReader.open(file, ReadMode.STRICT)) {
      while (reader.next() != null) {
        // to the end
      }
    }
  }

  private Path thereAndBack(Path original) throws IOException {
    Path json = folder.resolve("there.jsonl");
    try (TraceReader reader = TraceReader.open(original);
        TraceJsonWriter writer =
            new TraceJsonWriter(Files.newOutputStream(json), reader.header())) {
      TraceEvent event;
      while ((event = reader.next()) != null) {
        writer.append(event);
      }
      writer.end();
    }
    Path back = folder.resolve("back.jfr");
    try (TraceJsonReader reader = TraceJsonReader.open(json, ReadMode.STRICT);
        TraceWriter writer = new TraceWriter(Files.newOutputStream(back), reader.header())) {
      TraceEvent event;
      while ((event = reader.next()) != null) {
        writer.append(event);
      }
      writer.end();
    }
    return back;
  }
}
