package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.cli.CommandLineHarness.Outcome;

final class ConformanceCommandTest {
  private static final String HEADER =
      "{\"op\":\"header\",\"format\":1,\"scenario\":\"made\",\"ic_mode\":\"xics\",\"smp\":2,"
          + "\"servers\":[0,8],\"ram_mb\":16,"
          + "\"irq_map\":{\"ipi\":[\"0x2\"],\"lsi\":[],\"msi\":[\"0x1300\"]}}\n";
  private static final String GOOD =
      "{\"op\":\"hcall\",\"cpu\":0,\"name\":\"H_IPI\",\"args\":[\"0x8\",\"0x4\"],"
          + "\"ret\":\"H_SUCCESS\",\"out\":[]}\n";
  private static final String BAD =
      "{\"op\":\"hcall\",\"cpu\":0,\"name\":\"H_IPI\",\"args\":[\"0x7\",\"0x4\"],"
          + "\"ret\":\"H_SUCCESS\",\"out\":[]}\n";

  @TempDir Path folder;

  private final CommandLineHarness harness = new CommandLineHarness(Commands::create);

  private Path file(String name, String... lines) throws IOException {
    String body = String.join("", lines);
    return Files.writeString(
        folder.resolve(name),
        HEADER + body + "{\"op\":\"end\",\"ops\":" + lines.length + "}\n",
        UTF_8);
  }

  private static String lastLine(String out) {
    String[] lines = out.strip().split("\n", -1);
    return lines[lines.length - 1];
  }

  @Test
  void conformance_ofFolder_runsItsFilesAndEndsWithTheSum() throws IOException {
    file("a.jsonl", GOOD);
    file("b.jsonl", GOOD, GOOD);
    Outcome outcome = harness.run("conformance", folder.toString());
    assertEquals(ExitCode.OK, outcome.exitCode(), outcome.err());
    assertEquals("PASS made 1", outcome.out().strip().split("\n", -1)[0]);
    assertEquals("2 files, 3 operations, 0 mismatches", lastLine(outcome.out()));
  }

  @Test
  void conformance_withMismatch_exits1AndShowsIt() throws IOException {
    Path bad = file("bad.jsonl", GOOD, BAD, BAD);
    Outcome outcome = harness.run("conformance", bad.toString());
    assertEquals(ExitCode.FOUND, outcome.exitCode());
    assertTrue(outcome.out().startsWith("FAIL made line 3: "), outcome.out());
    assertTrue(outcome.out().contains("expected H_SUCCESS, got H_PARAMETER"), outcome.out());
    assertEquals("1 files, 2 operations, 1 mismatches", lastLine(outcome.out()));

    Outcome all = harness.run("conformance", "--keep-going", bad.toString());
    assertEquals("1 files, 3 operations, 2 mismatches", lastLine(all.out()));
  }

  @Test
  void conformance_withJsonToStandardOutput_writesNothingElseThere() throws IOException {
    Path bad = file("bad.jsonl", GOOD, BAD);
    Outcome outcome = harness.run("conformance", "--json", "-", bad.toString());
    assertEquals(ExitCode.FOUND, outcome.exitCode());
    JsonNode root = new JsonMapper().readTree(outcome.out());
    assertEquals(1, root.get("files").intValue());
    assertEquals(2, root.get("operations").intValue());
    assertEquals(1, root.get("mismatches").intValue());
    JsonNode result = root.get("results").get(0);
    assertEquals("emulated", result.get("irqchip").textValue());
    assertEquals(3, result.get("firstMismatches").get(0).get("line").intValue());
  }

  @Test
  void conformance_ofBadFile_exits3WithOneLine() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), HEADER + GOOD, UTF_8);
    Outcome outcome = harness.run("conformance", bad.toString());
    assertEquals(ExitCode.INPUT, outcome.exitCode());
    assertEquals(1, outcome.err().lines().count());
    assertTrue(outcome.err().contains(bad + ": line 2: the file ends"), outcome.err());
  }

  @Test
  void conformance_ofFolderWithoutFiles_exits3() {
    Outcome outcome = harness.run("conformance", folder.toString());
    assertEquals(ExitCode.INPUT, outcome.exitCode());
    assertTrue(outcome.err().contains("there is no .jsonl"), outcome.err());
  }

  @Test
  void conformance_withUnknownQuirk_exits2() throws IOException {
    Path good = file("good.jsonl", GOOD);
    Outcome outcome = harness.run("conformance", "--quirks", "qemu-1.0", good.toString());
    assertEquals(ExitCode.USAGE, outcome.exitCode());
    assertTrue(outcome.err().contains("no quirk is named 'qemu-1.0'"), outcome.err());
  }

  @Test
  void conformance_withQuirksByName_takesThem() throws IOException {
    String wide = GOOD.replace("0x8", "0x100000008");
    Path file = file("wide.jsonl", wide);
    assertEquals(ExitCode.FOUND, harness.run("conformance", file.toString()).exitCode());
    Outcome quirky = harness.run("conformance", "--quirks", "wide-argument", file.toString());
    assertEquals(ExitCode.OK, quirky.exitCode(), quirky.out());
  }

  @Test
  void conformance_inKernelWithoutBackend_exits2() throws IOException {
    Path good = file("good.jsonl", GOOD);
    Outcome outcome = harness.run("conformance", "--irqchip", "in-kernel", good.toString());
    assertEquals(ExitCode.USAGE, outcome.exitCode());
    assertTrue(outcome.err().contains("no backend for XICS"), outcome.err());
  }

  @Test
  void conformance_differencesOfWhatIsNoFirstDifferenceInTheKernel_exits2() throws IOException {
    Path good = file("good.jsonl", GOOD);
    for (String other : List.of("--keep-going", "--irqchip=emulated", "--quirks=qemu-7.2")) {
      Outcome outcome = harness.run("conformance", "--differences", other, good.toString());
      assertEquals(ExitCode.USAGE, outcome.exitCode(), other);
      assertTrue(outcome.err().contains("leave out --irqchip, --keep-going and --quirks"), other);
    }
  }
}
