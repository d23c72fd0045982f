package org.xivebench.replay.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a damaged trace does not hold any more, or holds but cannot be meant. */
public final class TraceLosses {
  /** More than anyone reads; the rest is counted. */
  private static final int KEPT = 1000;

  private final List<String> places = new ArrayList<>();
  private final Map<String, Long> strays = new TreeMap<>();
  private long unkeptPlaces;
  private long misnumbered;
  private long repeated;
  private long afterEnd;
  private long droppedBytes;
  private long drops;

  TraceLosses() {}

  private void place(String what) {
    if (places.size() < KEPT) {
      places.add(what);
    } else {
      unkeptPlaces++;
    }
  }

  /** Says which events are missing. */
  static String missing(long first, long last) {
    return first == last
        ? "event " + first + " is missing"
        : "events " + first + " to " + last + " are missing";
  }

  void damage(String what) {
    place(what);
  }

  void gap(long first, long last) {
    place(missing(first, last));
  }

  void stopsEarly(long lastSequence) {
    place("the trace stops after event " + lastSequence + "; how many are missing is not known");
  }

  void stray(String type) {
    strays.merge(type, 1L, Long::sum);
  }

  void misnumbered() {
    misnumbered++;
  }

  void repeated() {
    repeated++;
  }

  void afterEnd() {
    afterEnd++;
  }

  void dropped(long bytes) {
    drops++;
    droppedBytes += bytes;
  }

  /** Whether nothing is lost. */
  public boolean isEmpty() {
    return places.isEmpty() && strays.isEmpty() && misnumbered + repeated + afterEnd + drops == 0;
  }

  /** What is lost, a line for each place or reason, without the file's name. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>(places);
    if (unkeptPlaces > 0) {
      lines.add(unkeptPlaces + " more places");
    }
    strays.forEach((type, count) -> lines.add(count + " stray events of type " + type));
    if (misnumbered > 0) {
      lines.add(misnumbered + " events whose number cannot be right are left out");
    }
    if (repeated > 0) {
      lines.add(repeated + " events come again and are left out");
    }
    if (afterEnd > 0) {
      lines.add(afterEnd + " events after the end event are left out");
    }
    if (drops > 0) {
      lines.add(
          "the JVM that recorded the trace dropped "
              + droppedBytes
              + " bytes of events, at "
              + drops
              + " times");
    }
    return lines;
  }
}
