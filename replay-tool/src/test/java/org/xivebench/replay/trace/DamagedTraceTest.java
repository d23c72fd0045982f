package org.xivebench.replay.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.InputException;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.FieldDeclaration;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrWriter;
import org.xivebench.replay.jfr.ReadMode;

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

  @Test
  void damagedSample_salvaged_givesTheRecordedEventsAndSaysWhatIsLost() throws IOException {
    List<String> intact = eventsOf(SAMPLE);
    int salvaged = 0;
    for (Map.Entry<String, Supplier<byte[]>> version :
        new DamagedTrace(Files.readAllBytes(SAMPLE)).versions().entrySet()) {
      String damage = version.getKey();
      Path file = folder.resolve("salvaged.jfr");
      Files.write(file, version.getValue().get());
      try (TraceReader reader = TraceReader.open(file, ReadMode.SALVAGE)) {
        long last = 0;
        long strange = 0;
        TraceEvent event;
        while ((event = reader.next()) != null) {
          assertTrue(event.sequence() > last && event.sequence() <= intact.size(), damage);
          last = event.sequence();
          strange += event.toString().equals(intact.get((int) last - 1)) ? 0 : 1;
        }
        assertTrue(strange <= (damage.startsWith("bit flipped") ? 1 : 0), damage + ": " + strange);
        boolean told = !reader.losses().isEmpty();
        assertTrue(told || (strange == 0 && last == intact.size()), damage + " was not noticed");
        salvaged++;
      } catch (InputException e) {
        assertFalse(e.getMessage().contains("\n"), damage + ": " + e.getMessage());
      }
    }
    // Refused are those without a header: cut off in it, or the first chunk lost.
    assertTrue(salvaged > 60, "only " + salvaged + " damaged traces were of any use");
  }

  @Test
  void everyPrefixOfATrace_read_isRefusedOrSalvagedInPart() throws IOException {
    Path whole = folder.resolve("whole.jfr");
    TraceHeader header =
        TraceHeader.of(
            TraceMode.XIVE, "a test", List.of(0, 1), List.of(new TraceHeader.Source(0x1000, true)));
    try (TraceWriter writer = new TraceWriter(Files.newOutputStream(whole), header)) {
      for (int i = 1; i <= 40; i++) {
        writer.append(
            new TraceEvent()
                .begin(TraceKind.SET_LINE, i, TraceEvent.NO_VCPU, 0)
                .set(TraceField.SOURCE, 0x1000)
                .set(TraceField.LEVEL, i & 1));
      }
      writer.end();
    }
    byte[] bytes = Files.readAllBytes(whole);
    Path file = folder.resolve("prefix.jfr");
    int most = 0;
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      InputException refused = assertThrows(InputException.class, () -> contentOf(file));
      assertTrue(refused.getMessage().startsWith(file + ": "), refused.getMessage());
      if (length % 16 != 0 && length < bytes.length - 100) {
        continue; // salvaging looks at every byte of them: some will do
      }
      try (TraceReader reader = TraceReader.open(file, ReadMode.SALVAGE)) {
        int events = 0;
        while (reader.next() != null) {
          events++;
        }
        assertTrue(events >= most, "a longer prefix of " + length + " bytes gives less");
        most = events;
        assertFalse(
            reader.losses().isEmpty(), "a prefix of " + length + " bytes is no whole trace");
      } catch (InputException e) {
        assertEquals(0, most, "a longer prefix gives nothing: " + e.getMessage());
      }
    }
    assertEquals(40, most);
  }

  @Test
  void traceThatLostEvents_read_isRefusedUnlessSalvaged() throws IOException {
    Path file = folder.resolve("lossy.jfr");
    ByteArrayOutputStream loss = new ByteArrayOutputStream();
    try (JfrWriter writer = JfrWriter.to(loss)) {
      EventDeclaration type =
          EventDeclaration.named("jdk.DataLoss")
              .field(FieldDeclaration.of("amount", FieldType.LONG));
      writer.declare(type).begin(1).putLong(4096).commit();
      writer.finish();
    }
    Files.write(file, Files.readAllBytes(SAMPLE));
    Files.write(file, loss.toByteArray(), StandardOpenOption.APPEND);

    InputException refused = assertThrows(InputException.class, () -> contentOf(file));
    assertTrue(refused.getMessage().contains("dropped 4096 bytes"), refused.getMessage());

    try (TraceReader reader = TraceReader.open(file, ReadMode.SALVAGE)) {
      while (reader.next() != null) {
        // read to the end
      }
      String lines = String.join("\n", reader.losses().lines());
      assertTrue(lines.contains("dropped 4096 bytes of events, at 1 times"), lines);
    }
  }

  private static List<String> eventsOf(Path file) throws IOException {
    List<String> events = new ArrayList<>();
    try (TraceReader reader = TraceReader.open(file)) {
      TraceEvent event;
      while ((event = reader.next()) != null) {
        events.add(event.toString());
      }
    }
    return events;
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
