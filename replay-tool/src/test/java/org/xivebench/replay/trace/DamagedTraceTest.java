package org.xivebench.replay.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.InputException;

/** The shipped sample, damaged in many ways: what the reader says. */
final class DamagedTraceTest {
  private static final Path SAMPLE = Path.of("..", "samples", "snap-xive.jfr");

  /** What stands in the message about a damage whose name begins so; the first that fits counts. */
  private static final Map<String, String> EXPECTED = new LinkedHashMap<>();

  static {
    EXPECTED.put("cut at 0", "is empty");
    EXPECTED.put("cut at 1", "");
    EXPECTED.put("cut after a chunk", "stops early");
    EXPECTED.put("cut at ", "");
    EXPECTED.put("bit flipped", "");
    EXPECTED.put("hole", "");
    EXPECTED.put("wrong magic", "not a flight recording");
    EXPECTED.put("wrong version", "format version 9");
    EXPECTED.put("wrong chunk size", "is damaged");
    EXPECTED.put("garbage behind", "no chunk begins here");
    EXPECTED.put("first chunk twice", "org.xivebench.TraceHeader in the middle of the trace");
    EXPECTED.put("last chunk twice", "after the end event");
    EXPECTED.put("whole file twice", "after the end event");
    EXPECTED.put("first chunk lost", "its header is missing");
  }

  @TempDir private Path folder;

  @Test
  void damagedSample_read_isRefusedWithOneLineThatNamesIt() throws IOException {
    long intact = contentOf(SAMPLE);
    int refused = 0;
    for (Map.Entry<String, Supplier<byte[]>> version :
        new DamagedTrace(Files.readAllBytes(SAMPLE)).versions().entrySet()) {
      String damage = version.getKey();
      Path file = folder.resolve("damaged.jfr");
      Files.write(file, version.getValue().get());
      try {
        long content = contentOf(file);
        // Some bits say nothing: those above 32 in the longest encoding of an int.
        assertTrue(damage.startsWith("bit flipped"), damage + " was not noticed");
        assertEquals(intact, content, damage + " altered an event and was not noticed");
      } catch (InputException e) {
        refused++;
        String message = e.getMessage();
        assertTrue(message.startsWith(file + ": "), damage + ": " + message);
        assertFalse(message.contains("\n"), damage + ": " + message);
        assertTrue(message.contains(expected(damage)), damage + ": " + message);
      } catch (RuntimeException e) {
        fail(damage + " is a defect for the reader", e);
      }
    }
    assertTrue(refused > 60, "only " + refused + " damages were noticed");
  }

  private static String expected(String damage) {
    String part =
        EXPECTED.entrySet().stream()
            .filter(entry -> damage.startsWith(entry.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(null);
    assertNotNull(part, "no expectation for " + damage);
    return part;
  }

  /** A number that depends on all events of a trace. */
  private static long contentOf(Path file) throws IOException {
    try (TraceReader reader = TraceReader.open(file)) {
      long content = reader.header().hashCode();
      TraceEvent event;
      while ((event = reader.next()) != null) {
        content = content * 31 + event.timeNanos();
        content = content * 31 + event.kind().jfrName().hashCode();
        for (TraceField field : event.kind().fields()) {
          content = content * 31 + event.get(field);
        }
      }
      return content;
    }
  }
}
