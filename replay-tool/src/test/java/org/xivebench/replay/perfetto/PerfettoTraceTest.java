package org.xivebench.replay.perfetto;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xivebench.replay.analysis.EventFilter;
import org.xivebench.replay.jfr.EventDeclaration;
import org.xivebench.replay.jfr.EventEncoder;
import org.xivebench.replay.jfr.FieldType;
import org.xivebench.replay.jfr.JfrReader;
import org.xivebench.replay.jfr.JfrWriter;
import org.xivebench.replay.jfr.Samples;

/** A recording as a Perfetto trace, compared with what the JDK's reader delivers. */
class PerfettoTraceTest {
  @TempDir Path folder;

  private Path kafka;

  @BeforeEach
  void unpack() throws IOException {
    kafka = folder.resolve("kafka.jfr");
    try (InputStream in =
        new GZIPInputStream(JfrReader.class.getResourceAsStream("kafka-producer-jdk17.jfr.gz"))) {
      Files.copy(in, kafka);
    }
  }

  private static List<JsonNode> eventsOf(Path recording, String... types) throws IOException {
    return eventsOf(
        new EventFilter(List.of(types), List.of(), List.of(), Long.MIN_VALUE, Long.MAX_VALUE),
        recording);
  }

  private static List<JsonNode> eventsOf(EventFilter filter, Path... recordings)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (PerfettoTrace trace = new PerfettoTrace(out)) {
      for (Path recording : recordings) {
        try (JfrReader reader = JfrReader.open(recording)) {
          trace.write(reader, filter);
        }
      }
    }
    List<JsonNode> events = new ArrayList<>();
    new ObjectMapper().readTree(out.toByteArray()).get("traceEvents").forEach(events::add);
    return events;
  }

  private static Map<String, String> trackNames(List<JsonNode> events) {
    Map<String, String> names = new HashMap<>();
    for (JsonNode event : events) {
      if (event.path("name").asText().equals("thread_name")) {
        names.put(trackOf(event), event.at("/args/name").asText());
      }
    }
    return names;
  }

  private static String trackOf(JsonNode event) {
    return event.get("pid").asInt() + "/" + event.get("tid").asInt();
  }

  @Test
  void eventWithLength_isSliceOnItsThread() throws IOException {
    List<JsonNode> events = eventsOf(kafka, "jdk.ThreadPark");
    Map<String, String> names = trackNames(events);
    List<JsonNode> slices =
        events.stream().filter(event -> event.get("ph").asText().equals("X")).toList();

    List<RecordedEvent> expected = new ArrayList<>();
    try (RecordingFile file = new RecordingFile(kafka)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getEventType().getName().equals("jdk.ThreadPark")) {
          expected.add(event);
        }
      }
    }
    assertTrue(expected.size() > 100, "parks in the sample: " + expected.size());
    assertEquals(expected.size(), slices.size());
    RecordedEvent first = expected.get(0);
    for (int i = 0; i < expected.size(); i++) {
      RecordedEvent event = expected.get(i);
      JsonNode slice = slices.get(i);
      String thread =
          event.getThread().getJavaName() != null
              ? event.getThread().getJavaName()
              : event.getThread().getOSName();
      assertEquals(thread, names.get(trackOf(slice)));
      assertEquals(event.getDuration().toNanos() / 1e3, slice.get("dur").asDouble(), 0.0011);
      long sinceFirst = Duration.between(first.getStartTime(), event.getStartTime()).toNanos();
      assertEquals(
          sinceFirst / 1e3,
          slice.get("ts").asDouble() - slices.get(0).get("ts").asDouble(),
          0.0021);
      assertEquals(
          event.getClass("parkedClass") == null ? "" : event.getClass("parkedClass").getName(),
          slice.at("/args/parkedClass").asText());
    }
  }

  @Test
  void collection_hasTrackOfItsOwn() throws IOException {
    List<JsonNode> events = eventsOf(kafka, "jdk.GarbageCollection");

    assertTrue(trackNames(events).containsValue("Garbage Collection"));
    assertTrue(events.stream().anyMatch(event -> event.get("ph").asText().equals("X")));
  }

  @Test
  void load_isCounter() throws IOException {
    List<JsonNode> events = eventsOf(kafka, "jdk.CPULoad");

    assertTrue(!events.isEmpty());
    for (JsonNode event : events) {
      assertEquals("C", event.get("ph").asText());
      assertTrue(event.at("/args/machineTotal").isNumber());
    }
  }

  @Test
  void settings_areLeftOut() throws IOException {
    assertEquals(List.of(), eventsOf(kafka, "jdk.ActiveSetting", "jdk.BooleanFlag"));
  }

  @Test
  void everyEvent_belongsToNamedTrack() throws IOException {
    List<JsonNode> events = eventsOf(kafka);
    Map<String, String> names = trackNames(events);

    for (JsonNode event : events) {
      if (event.get("ph").asText().matches("[Xi]")) {
        assertTrue(names.containsKey(trackOf(event)), event.toString());
      }
    }
  }

  @Test
  void vcpuOfBenchEvent_isTrackOfTheGuest() throws IOException {
    Path file = folder.resolve("bench.jfr");
    EventDeclaration type =
        EventDeclaration.named("org.example.Delivery").field("vcpu", FieldType.INT);
    try (JfrWriter writer = JfrWriter.create(file)) {
      EventEncoder event = writer.declare(type);
      event.begin(1_700_000_000_000_000_000L).putInt(3).commit();
      writer.finish();
    }

    List<JsonNode> events = eventsOf(file);

    assertEquals("vCPU 3", trackNames(events).values().iterator().next());
    assertTrue(
        events.stream()
            .anyMatch(event -> event.at("/args/name").asText().equals("guest of JVM 1")));
  }

  /** What the Trace Event Format demands of each phase that is used. */
  @Test
  void everyEvent_keepsToTheFormat() throws IOException {
    Path jetty = Files.write(folder.resolve("jetty.jfr"), Samples.jetty());
    Map<String, Long> phases =
        eventsOf(EventFilter.ALL, Path.of("../samples/boot-xics.jfr"), jetty, kafka).stream()
            .peek(PerfettoTraceTest::assertWellFormed)
            .collect(groupingBy(event -> event.get("ph").asText(), counting()));
    assertEquals(Set.of("X", "i", "C", "M"), phases.keySet());
  }

  private static void assertWellFormed(JsonNode event) {
    String text = event.toString();
    assertTrue(event.get("name").isTextual() && !event.get("name").asText().isEmpty(), text);
    assertTrue(event.get("pid").isIntegralNumber(), text);
    assertTrue(event.get("args").isObject(), text);
    String phase = event.get("ph").asText();
    if (!phase.equals("M")) {
      assertTrue(event.get("ts").isNumber() && event.get("ts").asDouble() >= 0, text);
    }
    if (!phase.equals("C")) {
      assertTrue(event.get("tid").isIntegralNumber(), text);
    }
    switch (phase) {
      case "X" -> assertTrue(event.get("dur").isNumber() && event.get("dur").asDouble() >= 0, text);
      case "i" -> assertEquals("t", event.get("s").asText(), text);
      case "C" -> event.get("args").forEach(value -> assertTrue(value.isNumber(), text));
      case "M" -> {
        assertTrue(event.get("name").asText().matches("(process|thread)_name"), text);
        assertTrue(event.at("/args/name").isTextual(), text);
      }
      default -> fail(text);
    }
  }

  @Test
  void recordingsOfTwoJvms_areTwoProcesses_andThoseOfOneAreOne() throws IOException {
    Path other = Files.write(folder.resolve("jetty.jfr"), Samples.jetty());
    assertEquals(Set.of("JVM 1", "JVM 2"), processNames(other, kafka));
    assertEquals(Set.of("JVM 1"), processNames(kafka, kafka));
  }

  private static Set<String> processNames(Path... recordings) throws IOException {
    return eventsOf(EventFilter.ALL, recordings).stream()
        .filter(event -> event.get("name").asText().equals("process_name"))
        .map(event -> event.at("/args/name").asText())
        .collect(toSet());
  }

  @Test
  void filters_byThreadAndTime_leaveTheOthersOut() throws IOException {
    List<JsonNode> all = eventsOf(kafka, "jdk.ThreadPark");
    assertTrue(trackNames(all).values().size() > 1, all::toString);
    String one = trackNames(all).values().iterator().next();
    List<JsonNode> ofOne =
        eventsOf(
            new EventFilter(
                List.of("jdk.ThreadPark"), List.of(), List.of(one), Long.MIN_VALUE, Long.MAX_VALUE),
            kafka);
    assertEquals(Set.of(one), Set.copyOf(trackNames(ofOne).values()));
    assertTrue(ofOne.size() < all.size());
    assertEquals(
        List.of(),
        eventsOf(
            new EventFilter(List.of(), List.of(), List.of(), Long.MIN_VALUE, Long.MIN_VALUE + 1),
            kafka));
  }
}
