package org.xivebench.replay.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.InputException;
import org.xivebench.replay.UsageException;

class FailuresTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(printed, true, UTF_8);

  @Test
  void handle_inputException_isOneLineAndThree() {
    int code =
        new Failures(err, false)
            .handle(
                new InputException(Path.of("t.jfr"), "offset 0x40", "no chunk header"),
                "xivebench replay");
    assertEquals(ExitCode.INPUT, code);
    assertEquals("xivebench replay: t.jfr: offset 0x40: no chunk header\n", text());
  }

  @Test
  void handle_usageException_isOneLineAndTwo() {
    int code =
        new Failures(err, false).handle(new UsageException("no backend\n named x"), "xivebench");
    assertEquals(ExitCode.USAGE, code);
    assertEquals("xivebench: no backend named x\n", text());
  }

  @Test
  void handle_defect_isOneLineWithHintAndSeventy() {
    int code = new Failures(err, false).handle(new IllegalStateException("odd"), "xivebench");
    assertEquals(ExitCode.SOFTWARE, code);
    assertEquals(
        "xivebench: unexpected IllegalStateException: odd;"
            + " with XIVEBENCH_DEBUG=1 a stack trace shows where\n",
        text());
  }

  @Test
  void handle_defectWhenDebugging_showsStackTrace() {
    int code = new Failures(err, true).handle(new IllegalStateException("odd"), "xivebench");
    assertEquals(ExitCode.SOFTWARE, code);
    assertTrue(text().contains("\tat " + FailuresTest.class.getName()), text());
    assertTrue(text().endsWith("xivebench: unexpected IllegalStateException: odd\n"), text());
  }

  private String text() {
    return printed.toString(UTF_8);
  }
}
