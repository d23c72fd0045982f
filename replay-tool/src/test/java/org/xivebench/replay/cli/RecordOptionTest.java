package org.xivebench.replay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.OutputFile;

class RecordOptionTest {
  private static final String TRACE = "a trace";

  @TempDir private Path folder;

  private byte[] recordedWhile(Consumer<Recording> whatElseHappens) throws IOException {
    Path target = folder.resolve("run.jfr");
    try (OutputFile file = OutputFile.create(target)) {
      int result =
          RecordOption.traced(
              Optional.of(file),
              out -> {
                try (OutputStream closed = out) {
                  closed.write(TRACE.getBytes(StandardCharsets.UTF_8));
                }
                FlightRecorder.getFlightRecorder().getRecordings().forEach(whatElseHappens);
                return 7;
              });
      assertEquals(7, result);
    }
    return Files.readAllBytes(target);
  }

  @Test
  void recordingOfTheProcess_followsTheTrace() throws IOException {
    String written = new String(recordedWhile(recording -> {}), StandardCharsets.ISO_8859_1);

    assertTrue(written.startsWith(TRACE + "FLR"), "no recording of the process");
  }

  @Test
  void recordingThatJfrStopped_followsTheTrace() throws IOException {
    String written = new String(recordedWhile(Recording::stop), StandardCharsets.ISO_8859_1);

    assertTrue(written.startsWith(TRACE + "FLR"), "no recording of the process");
  }

  @Test
  void recordingThatJfrClosed_leavesTheTrace() throws IOException {
    assertEquals(TRACE, new String(recordedWhile(Recording::close), StandardCharsets.UTF_8));
  }
}
