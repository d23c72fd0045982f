package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.conformance.Differences;
import org.xivebench.xics.XicsDeviceType;

final class DifferencesReportTest {
  private static final String FILE =
      """
      {"op":"header","format":1,"scenario":"made","ic_mode":"xics","smp":1,"ram_mb":16,\
      "servers":[0],"irq_map":{"lsi":[],"msi":["0x1300","0x1301"]}}
      {"op":"hcall","cpu":0,"name":"H_CPPR","args":["0xff"],"ret":"H_SUCCESS","out":[]}
      %s
      {"op":"end","ops":2}
      """;

  /** A known kind. */
  private static final String NEVER_ROUTED =
      """
      {"op":"rtas","cpu":0,"name":"ibm,int-on","args":["0x1300"],"nret":1,"ret":"H_SUCCESS",\
      "status":0,"out":[]}""";

  /** Nobody has sent this interrupt. */
  private static final String WRONG =
      """
      {"op":"hcall","cpu":0,"name":"H_XIRR","args":[],"ret":"H_SUCCESS","out":["0xff001301"]}""";

  @TempDir Path folder;

  private void run(Differences differences, String name, String operation) throws IOException {
    Path file = folder.resolve(name + ".jsonl");
    differences.run(Files.writeString(file, FILE.formatted(operation)));
  }

  @Test
  void report_ofKnownKinds_countsThemAndIsNoFailure() throws IOException {
    Differences differences = new Differences(mode -> new XicsDeviceType());
    run(differences, "known", NEVER_ROUTED);
    assertEquals(ExitCode.OK, ConformanceCommand.exitCode(differences, 1));
    ObjectNode json = new DifferencesReport(differences).toJson();
    assertEquals(1, json.path("differences").asInt());
    assertEquals(0, json.path("unexplained").asInt());
    assertEquals("never-routed", json.path("kinds").path(0).path("kind").asText());
  }

  @Test
  void report_ofWhatNoKindExplains_countsItAndFails() throws IOException {
    Differences differences = new Differences(mode -> new XicsDeviceType());
    run(differences, "known", NEVER_ROUTED);
    run(differences, "wrong", WRONG);
    assertEquals(ExitCode.FOUND, ConformanceCommand.exitCode(differences, 2));
    assertEquals(ExitCode.PARTIAL, ConformanceCommand.exitCode(differences, 3), "interrupted");
    DifferencesReport report = new DifferencesReport(differences);
    assertEquals(1, report.toJson().path("unexplained").asInt());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report.print(new PrintStream(bytes, true, UTF_8));
    String text = bytes.toString(UTF_8);
    assertTrue(text.contains("2 files, 4 operations, 2 differences, 1 unexplained\n"), text);
    assertTrue(text.contains("expected 0xff001301, got 0xff000000\n"), text);
  }
}
