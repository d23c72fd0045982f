package org.xivebench.replay.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.InputException;
import org.xivebench.xive.Quirks;

final class ScenarioReaderTest {
  private static final String HEADER =
      "{\"op\":\"header\",\"format\":1,\"scenario\":\"made\",\"ic_mode\":\"xive\",\"smp\":1,"
          + "\"servers\":[0],\"ram_mb\":16,"
          + "\"irq_map\":{\"ipi\":[\"0x0\"],\"lsi\":[],\"msi\":[\"0x1300\"]}}\n";
  private static final String PROBE = "{\"op\":\"ext_probe\",\"cpu\":0,\"value\":0}\n";

  @TempDir Path folder;

  private record Row(String what, String content, String problem) {}

  @TestFactory
  Stream<DynamicTest> run_ofBadFile_namesTheFileAndThePlace() {
    return Stream.of(
            new Row("empty", "", "is empty"),
            new Row("no JSON", "hello\n", "line 1: not JSON"),
            new Row("no object", "[1]\n", "line 1: not a JSON object"),
            new Row("no header", PROBE, "line 1: the first line is no header"),
            new Row("another format", HEADER.replace(":1,\"sc", ":2,\"sc"), "line 1: format 2"),
            new Row("two on a line", HEADER.strip() + "{}\n", "line 1: not JSON"),
            new Row(
                "servers not as many as smp",
                HEADER.replace("[0]", "[0,1]"),
                "line 1: \"servers\" does not have \"smp\" entries"),
            new Row(
                "a server twice",
                HEADER.replace("[0]", "[0,0]").replace("\"smp\":1", "\"smp\":2"),
                "line 1: a server number twice"),
            new Row("cut off", HEADER + PROBE, "line 2: the file ends without"),
            new Row(
                "cut off in a line", HEADER + PROBE + PROBE.substring(0, 9), "line 3: not JSON"),
            new Row("wrong count", HEADER + PROBE + end(2), "line 3: the file says that it has 2"),
            new Row("more after the end", HEADER + PROBE + end(1) + PROBE, "line 4: there is some"),
            new Row("an operation", HEADER + "{\"op\":\"fly\"}\n", "line 2: operation \"fly\""),
            new Row(
                "a field missing",
                HEADER + "{\"op\":\"ext_probe\",\"cpu\":0}\n",
                "line 2: no field \"value\""),
            new Row(
                "a vCPU that is not there",
                HEADER + PROBE.replace("\"cpu\":0", "\"cpu\":1"),
                "line 2: field \"cpu\" is not an integer from 0 to 0"),
            new Row(
                "a source that is not there",
                HEADER + "{\"op\":\"msi\",\"source\":\"0x1301\"}\n",
                "line 2: there is no such source"),
            new Row(
                "memory that is not there",
                HEADER + "{\"op\":\"eq_clear\",\"addr\":\"0x1000000\",\"bytes\":4096}\n",
                "line 2: not words of the guest's memory"),
            new Row(
                "a number that is none",
                HEADER + "{\"op\":\"msi\",\"source\":\"0x13zz\"}\n",
                "line 2: field \"source\" is not a number"))
        .map(row -> DynamicTest.dynamicTest(row.what(), () -> assertRefused(row)));
  }

  private static String end(int operations) {
    return "{\"op\":\"end\",\"ops\":" + operations + "}\n";
  }

  private void assertRefused(Row row) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.jsonl"), row.content(), UTF_8);
    assertRefused(file, row.problem());
  }

  private static void assertRefused(Path file, String problem) {
    ScenarioRunner runner =
        new ScenarioRunner(
            mode -> {
              throw new AssertionError("no in-kernel device is needed");
            },
            Quirks.NONE,
            false);
    InputException e = assertThrows(InputException.class, () -> runner.run(file, null));
    assertTrue(e.getMessage().startsWith(file + ": " + problem), e.getMessage());
  }

  @Test
  void run_ofMissingFile_saysSo() {
    assertRefused(folder.resolve("none.jsonl"), "there is no such file");
  }

  @Test
  void run_ofGzipCutOff_namesTheLastLineThatWasWhole() throws IOException {
    byte[] whole = gzipped(HEADER + PROBE + end(1));
    Path file = folder.resolve("cut.jsonl.gz");
    Files.write(file, whole);
    try (ScenarioReader reader = new ScenarioReader(file)) {
      assertEquals("ext_probe", reader.next().name());
      assertEquals(null, reader.next());
      assertEquals(1, reader.operationCount());
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 12));
    assertRefused(file, "after line ");
  }

  private static byte[] gzipped(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private static void assertWhole(Path file) throws IOException {
    try (ScenarioReader reader = new ScenarioReader(file)) {
      assertEquals("made", reader.header().name());
      assertEquals("ext_probe", reader.next().name());
      assertEquals(null, reader.next());
    }
  }

  @Test
  @Timeout(30)
  @DisabledOnOs(OS.WINDOWS)
  void read_ofPipe_plainAndGzipped() throws Exception {
    String text = HEADER + PROBE + end(1);
    for (byte[] bytes : List.of(text.getBytes(UTF_8), gzipped(text))) {
      Path pipe = folder.resolve("pipe-" + bytes.length);
      assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(
              () -> {
                try (OutputStream out = new FileOutputStream(pipe.toFile())) {
                  out.write(bytes);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      assertWhole(pipe);
      written.get();
    }
  }

  @Test
  void read_ofStandardInput_plainAndGzipped_andItsNameInMessages() throws IOException {
    InputStream before = System.in;
    try {
      System.setIn(new ByteArrayInputStream((HEADER + PROBE + end(1)).getBytes(UTF_8)));
      assertWhole(Path.of("-"));
      System.setIn(new ByteArrayInputStream(gzipped(HEADER + PROBE + end(1))));
      assertWhole(Path.of("-"));
      System.setIn(new ByteArrayInputStream(PROBE.getBytes(UTF_8)));
      InputException e =
          assertThrows(InputException.class, () -> new ScenarioReader(Path.of("-")).close());
      assertEquals("standard input: line 1: the first line is no header", e.getMessage());
    } finally {
      System.setIn(before);
    }
  }
}
