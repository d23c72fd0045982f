package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.Cancellation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ReportOptionsTest {
  private static final ObjectNode RESULT =
      JsonNodeFactory.instance.objectNode().put("lost", 0).put("name", "é");
  private static final String RESULT_TEXT = "{\n  \"lost\" : 0,\n  \"name\" : \"é\"\n}\n";

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @TempDir private Path folder;

  @Command
  private static final class Reporting {
    @Mixin private ReportOptions report;
  }

  @Test
  void report_byDefault_isTextWithoutJson() throws IOException {
    report(context(Terminal.NONE));
    assertEquals("text\n", output());
  }

  @Test
  void report_withJsonToStandardOutput_isJsonAlone() throws IOException {
    report(context(Terminal.NONE), "--json", "-");
    assertEquals(RESULT_TEXT, output());
  }

  @Test
  void report_withJsonFile_isTextAndTheFile() throws IOException {
    Path file = folder.resolve("result.json");
    report(context(Terminal.NONE), "--json", file.toString());
    assertEquals("text\n", output());
    assertEquals(RESULT_TEXT, Files.readString(file));
  }

  @Test
  void report_quiet_isNothing() throws IOException {
    report(context(Terminal.NONE), "--quiet");
    assertEquals("", output());
  }

  @Test
  void color_isUsedOnlyOnTerminalsThatMayBeColoured() {
    assertTrue(options().color(context(new Terminal(true, true, true))));
    assertFalse(options("--no-color").color(context(new Terminal(true, true, true))));
    assertFalse(options().color(context(new Terminal(true, true, false))));
    assertFalse(options().color(context(new Terminal(false, true, true))));
  }

  @Test
  void progress_whenErrorIsNoTerminal_printsNothing() {
    try (ProgressBar bar = options().progress(context(Terminal.NONE), "replay", "events")) {
      bar.update(1, 2);
    }
    assertEquals("", output());
  }

  private void report(CommandContext context, String... args) throws IOException {
    ReportOptions options = options(args);
    try (JsonOutput json = options.openJson(context)) {
      options.text(context).println("text");
      json.write(() -> RESULT);
    }
  }

  private static ReportOptions options(String... args) {
    Reporting command = new Reporting();
    new CommandLine(command).parseArgs(args);
    return command.report;
  }

  private CommandContext context(Terminal terminal) {
    PrintStream stream = new PrintStream(printed, true, UTF_8);
    return new CommandContext(null, stream, stream, terminal, new Cancellation());
  }

  private String output() {
    return printed.toString(UTF_8);
  }
}
