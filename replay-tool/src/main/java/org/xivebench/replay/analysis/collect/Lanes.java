package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.xivebench.replay.analysis.model.Timeline;
import org.xivebench.replay.analysis.model.Timeline.LaneKind;
import org.xivebench.replay.analysis.model.Unit;

/** Collects a {@link Timeline} on a {@link TimeGrid}. */
public final class Lanes {
  /** Lanes while collecting; threads beyond share one. */
  private static final int MAX_LANES = 1_000;

  private static final int RESULT_LANES = 100;
  private static final int MAX_MARKS = 2_000;
  private static final int RESULT_MARKS = 500;
  private static final String OTHER_VCPUS = "(other vCPUs)";
  private static final String OTHER_THREADS = "(other threads)";

  /** A thread or vCPU. */
  public final class Lane {
    private final LaneKind kind;
    private final String name;
    private final int number;
    private final Map<String, State> states = new TreeMap<>();
    private String lastName;
    private State last;

    private Lane(LaneKind kind, String name, int number) {
      this.kind = kind;
      this.name = name;
      this.number = number;
    }

    /** Notes time spent in a state. */
    public void span(String state, long startNanos, long durationNanos) {
      state(state, Unit.NANOS).track.addSpan(startNanos, durationNanos);
    }

    /** Notes that something happened. */
    public void count(String state, long timeNanos) {
      state(state, Unit.COUNT).track.add(timeNanos, 1);
    }

    private State state(String state, Unit unit) {
      if (!state.equals(lastName)) {
        last = states.computeIfAbsent(state, s -> new State(unit, grid.newTrack()));
        lastName = state;
      }
      return last;
    }

    private Timeline.Lane result() {
      List<Timeline.Track> tracks = new ArrayList<>();
      states.forEach((state, s) -> tracks.add(new Timeline.Track(state, s.unit, s.track.values())));
      return new Timeline.Lane(kind, name, tracks);
    }

    /** Recorded time, for telling which lanes matter; a sample counts as its usual period. */
    private long weight() {
      long weight = 0;
      for (State s : states.values()) {
        for (int i = 0; i < grid.buckets(); i++) {
          weight += s.track.value(i) * (s.unit == Unit.COUNT ? SAMPLE_NANOS : 1);
        }
      }
      return weight;
    }
  }

  private static final long SAMPLE_NANOS = 10_000_000;

  private static final Comparator<Timeline.Mark> LONGEST_FIRST =
      Comparator.comparingLong(Timeline.Mark::durationNanos)
          .reversed()
          .thenComparingLong(Timeline.Mark::startNanos);

  private record State(Unit unit, TimeGrid.Track track) {}

  private final TimeGrid grid;
  private final Map<String, Lane> threads = new HashMap<>();
  private final Map<Integer, Lane> vcpus = new TreeMap<>();
  private final List<Timeline.Mark> marks = new ArrayList<>();
  private long forgottenMarks;

  public Lanes(TimeGrid grid) {
    this.grid = grid;
  }

  /** The lane of a thread, by its name. */
  public Lane thread(String name) {
    Lane lane = threads.get(name);
    if (lane == null) {
      String laneName = threads.size() < MAX_LANES ? name : OTHER_THREADS;
      lane = threads.computeIfAbsent(laneName, n -> new Lane(LaneKind.THREAD, n, 0));
    }
    return lane;
  }

  /** The lane of a vCPU, by its index. */
  public Lane vcpu(int index) {
    int number = vcpus.size() < MAX_LANES || vcpus.containsKey(index) ? index : -1;
    String name = number < 0 ? OTHER_VCPUS : "vCPU " + number;
    return vcpus.computeIfAbsent(number, i -> new Lane(LaneKind.VCPU, name, i));
  }

  /** Notes a stretch of time that concerns all. */
  public void mark(String kind, String text, long startNanos, long durationNanos) {
    marks.add(new Timeline.Mark(kind, text, startNanos, durationNanos));
    if (marks.size() > MAX_MARKS) {
      marks.sort(LONGEST_FIRST);
      marks.subList(MAX_MARKS / 2, marks.size()).clear();
      forgottenMarks += MAX_MARKS + 1 - MAX_MARKS / 2;
    }
  }

  /** Takes all of another, whose grid this one's covers. */
  public void addAll(Lanes other) {
    other.threads.values().forEach(lane -> addAll(thread(lane.name), lane, other.grid));
    other.vcpus.values().forEach(lane -> addAll(vcpu(lane.number), lane, other.grid));
    other.marks.forEach(m -> mark(m.kind(), m.text(), m.startNanos(), m.durationNanos()));
    forgottenMarks += other.forgottenMarks;
  }

  private static void addAll(Lane into, Lane from, TimeGrid fromGrid) {
    from.states.forEach((name, s) -> into.state(name, s.unit).track.addAll(s.track, fromGrid));
  }

  /** What was collected so far. */
  public Timeline result() {
    List<Timeline.Lane> lanes = new ArrayList<>();
    vcpus.values().forEach(lane -> lanes.add(lane.result()));
    record Weighed(Lane lane, long weight) {}
    threads.values().stream()
        .map(lane -> new Weighed(lane, lane.weight()))
        .sorted(
            Comparator.comparingLong(Weighed::weight)
                .reversed()
                .thenComparing(weighed -> weighed.lane.name))
        .limit(RESULT_LANES)
        .forEach(weighed -> lanes.add(weighed.lane.result()));
    long omittedLanes = (long) vcpus.size() + threads.size() - lanes.size();
    List<Timeline.Mark> shown =
        marks.stream()
            .sorted(LONGEST_FIRST)
            .limit(RESULT_MARKS)
            .sorted(Comparator.comparingLong(Timeline.Mark::startNanos))
            .toList();
    return new Timeline(
        grid.startNanos(),
        grid.bucketNanos(),
        grid.buckets(),
        lanes,
        omittedLanes,
        shown,
        forgottenMarks + marks.size() - shown.size());
  }
}
