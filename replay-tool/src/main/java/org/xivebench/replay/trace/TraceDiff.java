package org.xivebench.replay.trace;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Compares two traces: where they first differ, and how many events of each kind each has. Times,
 * threads and the words on where a trace comes from are not compared: they differ between any two
 * runs.
 */
public final class TraceDiff {
  /** Events shown before the first difference. */
  private static final int CONTEXT = 5;

  /**
   * How two traces compare.
   *
   * @param headerDifferences what differs in what they say of the machine, in words
   * @param eventsA events of the first
   * @param eventsB events of the second
   * @param sameEvents equal events before the first difference
   * @param before the last of these
   * @param firstA the event of the first trace that differs, or null if it has none there
   * @param firstB the same of the second
   * @param fields names of the fields that differ between these two
   * @param countsA events of the first by kind
   * @param countsB events of the second by kind
   */
  public record Result(
      List<String> headerDifferences,
      long eventsA,
      long eventsB,
      long sameEvents,
      List<String> before,
      String firstA,
      String firstB,
      List<String> fields,
      Map<TraceKind, Long> countsA,
      Map<TraceKind, Long> countsB) {
    /** Whether there is no difference. */
    public boolean isSame() {
      return headerDifferences.isEmpty() && firstA == null && firstB == null;
    }
  }

  private final Map<TraceKind, Long> countsA = new EnumMap<>(TraceKind.class);
  private final Map<TraceKind, Long> countsB = new EnumMap<>(TraceKind.class);
  private final Deque<TraceEvent> before = new ArrayDeque<>();

  private TraceDiff() {}

  /** Compares two traces, which are read to their ends. */
  public static Result of(TraceReader a, TraceReader b) throws IOException {
    return new TraceDiff().compare(a, b);
  }

  private Result compare(TraceReader a, TraceReader b) throws IOException {
    long eventsA = 0;
    long eventsB = 0;
    long same = 0;
    boolean differ = false;
    String firstA = null;
    String firstB = null;
    List<String> fields = List.of();
    TraceEvent eventA = a.next();
    TraceEvent eventB = b.next();
    while (eventA != null || eventB != null) {
      if (!differ) {
        List<String> different = differences(eventA, eventB);
        if (different.isEmpty()) {
          same++;
          keep(eventA);
        } else {
          differ = true;
          firstA = Objects.toString(eventA, null);
          firstB = Objects.toString(eventB, null);
          fields = different;
        }
      }
      if (eventA != null) {
        eventsA++;
        countsA.merge(eventA.kind(), 1L, Long::sum);
        eventA = a.next();
      }
      if (eventB != null) {
        eventsB++;
        countsB.merge(eventB.kind(), 1L, Long::sum);
        eventB = b.next();
      }
    }
    return new Result(
        headerDifferences(a.header(), b.header()),
        eventsA,
        eventsB,
        same,
        before.stream().map(TraceEvent::toString).toList(),
        firstA,
        firstB,
        fields,
        countsA,
        countsB);
  }

  private void keep(TraceEvent event) {
    TraceEvent kept = before.size() == CONTEXT ? before.removeFirst() : new TraceEvent();
    before.addLast(kept.copyFrom(event));
  }

  private static List<String> differences(TraceEvent a, TraceEvent b) {
    if (a == null || b == null) {
      return List.of("end");
    }
    if (a.kind() != b.kind()) {
      return List.of("event");
    }
    List<String> different = List.of();
    if (a.vcpu() != b.vcpu()) {
      different = with(different, "vcpu");
    }
    List<TraceField> fields = a.kind().fields();
    for (int i = 0; i < fields.size(); i++) {
      if (a.valueAt(i) != b.valueAt(i)) {
        different = with(different, fields.get(i).jfrName());
      }
    }
    return different;
  }

  private static List<String> with(List<String> list, String more) {
    List<String> longer = new ArrayList<>(list);
    longer.add(more);
    return longer;
  }

  private static List<String> headerDifferences(TraceHeader a, TraceHeader b) {
    List<String> different = new ArrayList<>();
    compare(different, "mode", a.mode().label(), b.mode().label());
    compare(different, "servers", a.servers(), b.servers());
    compare(different, "first source", a.firstSource(), b.firstSource());
    if (!a.sources().equals(b.sources())) {
      List<TraceHeader.Source> onlyA = without(a.sources(), b.sources());
      List<TraceHeader.Source> onlyB = without(b.sources(), a.sources());
      different.add(
          onlyA.isEmpty() && onlyB.isEmpty()
              ? "sources: the same in another order"
              : "sources: only in the first "
                  + text(onlyA)
                  + "; only in the second "
                  + text(onlyB));
    }
    return different;
  }

  private static void compare(List<String> different, String what, Object a, Object b) {
    if (!a.equals(b)) {
      different.add(what + ": " + a + " and " + b);
    }
  }

  private static List<TraceHeader.Source> without(
      List<TraceHeader.Source> all, List<TraceHeader.Source> others) {
    List<TraceHeader.Source> rest = new ArrayList<>(all);
    rest.removeAll(List.copyOf(others));
    return rest;
  }

  private static String text(List<TraceHeader.Source> sources) {
    if (sources.isEmpty()) {
      return "none";
    }
    int shown = Math.min(sources.size(), 8);
    List<String> names = new ArrayList<>();
    for (TraceHeader.Source source : sources.subList(0, shown)) {
      names.add("0x" + Integer.toHexString(source.number()) + (source.lsi() ? " (level)" : ""));
    }
    return String.join(" ", names)
        + (sources.size() > shown ? " and " + (sources.size() - shown) + " more" : "");
  }
}
