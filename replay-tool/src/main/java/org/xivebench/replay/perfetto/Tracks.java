package org.xivebench.replay.perfetto;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.xivebench.replay.jfr.ThreadInfo;
import org.xivebench.replay.jfr.TypeInfo;

/** Numbers processes and tracks, and writes the name of each when it first occurs. */
final class Tracks {
  /** Process numbers of guests: that of their JVM and this. */
  private static final int GUEST = 1_000_000;

  /** Types that tell how things were set, not what happened. */
  private static final Set<String> NOT_SHOWN =
      Set.of(
          "jdk.ActiveSetting",
          "jdk.ActiveRecording",
          "jdk.InitialSystemProperty",
          "jdk.InitialEnvironmentVariable",
          "jdk.NativeLibrary",
          "jdk.SystemProcess",
          "jdk.ModuleExport",
          "jdk.ModuleRequire",
          "jdk.ThreadDump");

  /**
   * A track.
   *
   * @param process number of its process
   * @param number of the track within the process
   */
  record Track(int process, int number) {}

  private record Key(int process, Object subject) {}

  private final JsonGenerator json;
  private final Map<Key, Track> known = new HashMap<>();
  private final Map<Integer, Integer> lastNumber = new HashMap<>();

  Tracks(JsonGenerator json) {
    this.json = json;
  }

  static boolean isShown(TypeInfo type) {
    return !NOT_SHOWN.contains(type.name()) && !type.name().endsWith("Flag");
  }

  Track ofThread(int jvm, ThreadInfo thread) throws IOException {
    Key key = new Key(jvm, thread);
    Track track = known.get(key);
    return track != null ? track : add(key, "JVM " + jvm, thread.name());
  }

  Track ofVcpu(int jvm, int vcpu) throws IOException {
    Key key = new Key(GUEST + jvm, vcpu);
    Track track = known.get(key);
    return track != null ? track : add(key, "guest of JVM " + jvm, "vCPU " + vcpu);
  }

  /** For events that have a length and no thread: garbage collections, safepoints. */
  Track ofType(int jvm, TypeInfo type) throws IOException {
    Key key = new Key(jvm, type.name());
    Track track = known.get(key);
    return track != null ? track : add(key, "JVM " + jvm, labelOf(type));
  }

  static String labelOf(TypeInfo type) {
    return type.label() == null ? type.name() : type.label();
  }

  private Track add(Key key, String processName, String trackName) throws IOException {
    int number = lastNumber.merge(key.process(), 1, Integer::sum);
    if (number == 1) {
      writeName("process_name", key.process(), 0, processName);
    }
    writeName("thread_name", key.process(), number, trackName);
    Track track = new Track(key.process(), number);
    known.put(key, track);
    return track;
  }

  private void writeName(String what, int process, int track, String name) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", what);
    json.writeStringField("ph", "M");
    json.writeNumberField("pid", process);
    json.writeNumberField("tid", track);
    json.writeObjectFieldStart("args");
    json.writeStringField("name", name);
    json.writeEndObject();
    json.writeEndObject();
  }
}
