package org.xivebench.replay.jfr;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Whether a recording holds all that happened, or a part: which events were left out by settings,
 * which were lost, which the JVM did not come to write.
 *
 * <p>Settings and losses are events of the recording itself ({@code jdk.ActiveSetting}, {@code
 * jdk.DataLoss}). JDK 25, for instance, keeps at most 300 socket and file events a second unless
 * told otherwise, so that counting them says nothing, and replaying them replays a sample.
 *
 * <pre>{@code
 * Completeness completeness = Completeness.of(reader);   // before the first event
 * reader.readAll();
 * if (!completeness.isComplete()) { completeness.reasons().forEach(out::println); }
 * }</pre>
 */
public final class Completeness {
  private final JfrReader reader;

  private final EventSettings settings = new EventSettings();
  private long dataLosses;
  private long dataLossBytes;

  private Completeness(JfrReader reader) {
    this.reader = reader;
  }

  /**
   * Follows a reader; the answers are right when it has read to the end.
   *
   * @throws IllegalStateException if the first event has been read
   */
  public static Completeness of(JfrReader reader) {
    Completeness completeness = new Completeness(reader);
    reader.on(
        JfrReader.named("jdk.ActiveSetting", "com.oracle.jdk.ActiveSetting"),
        completeness.settings::add,
        "id",
        "name",
        "value");
    reader.on(
        JfrReader.named("jdk.DataLoss", "com.oracle.jdk.DataLoss"),
        event -> {
          completeness.dataLosses++;
          completeness.dataLossBytes += event.getLong(0);
        },
        "amount");
    return completeness;
  }

  /** Settings of an event type by name, as the last chunk has them; empty when not recorded. */
  public Map<String, String> settings(String eventType) {
    return settings.of(eventType);
  }

  /** The rates, such as {@code 300/s}, to which enabled events were cut, by event type. */
  public SortedMap<String, String> throttled() {
    return settings.throttled();
  }

  /** The durations, such as {@code 20 ms}, below which events were left out, by event type. */
  public SortedMap<String, String> thresholds() {
    return settings.thresholds();
  }

  /** How often the recorded JVM noted that it had to drop events. */
  public long dataLosses() {
    return dataLosses;
  }

  /** Bytes of events that the recorded JVM dropped. */
  public long dataLossBytes() {
    return dataLossBytes;
  }

  /** Whether the recording says anything about its settings; some tools write none. */
  public boolean hasSettings() {
    return !settings.isEmpty();
  }

  /**
   * Whether events of that type are all there: not throttled, no threshold, nothing lost. Without
   * {@link #hasSettings settings} only losses count.
   */
  public boolean isComplete(String eventType) {
    return nothingLost()
        && !throttled().containsKey(eventType)
        && !thresholds().containsKey(eventType);
  }

  /** Whether no event was dropped, damaged or left unwritten. Settings do not count. */
  public boolean nothingLost() {
    return dataLosses == 0 && reader.lossCount() == 0 && reader.unfinishedChunks() == 0;
  }

  /** Whether nothing was lost and no event type was throttled. */
  public boolean isComplete() {
    return nothingLost() && throttled().isEmpty();
  }

  /** What is missing, a line for each reason, the gravest first; empty when complete. */
  public List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    if (dataLosses > 0) {
      reasons.add(
          "the recorded JVM dropped "
              + dataLossBytes
              + " bytes of events, at "
              + dataLosses
              + " times");
    }
    if (reader.lossCount() > 0) {
      reasons.add(
          "the file is damaged: "
              + reader.lossCount()
              + " places, "
              + reader.lostBytes()
              + " bytes lost");
    }
    if (reader.unfinishedChunks() > 0) {
      reasons.add(
          reader.unfinishedChunks()
              + " of "
              + reader.chunks()
              + " chunks unfinished: the JVM was killed, or still ran; events after its last"
              + " flush are missing");
    }
    throttled().forEach((type, rate) -> reasons.add(type + " is a sample: throttled to " + rate));
    return reasons;
  }
}
