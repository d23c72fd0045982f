package org.xivebench.replay.analysis.model;

import java.util.List;

/**
 * What threads and vCPUs did when, in buckets of equal length, and the moments that stand out.
 *
 * @param startNanos begin of the first bucket, nanoseconds since the epoch
 * @param bucketNanos length of a bucket
 * @param buckets number of buckets, some hundreds
 * @param lanes vCPUs first, by number; then the threads with the most recorded time, most first
 * @param omittedLanes lanes that there are besides
 * @param marks pauses, swaps and the like in the order of time; the longest ones where there are
 *     many
 * @param omittedMarks marks that there are besides
 */
public record Timeline(
    long startNanos,
    long bucketNanos,
    int buckets,
    List<Lane> lanes,
    long omittedLanes,
    List<Mark> marks,
    long omittedMarks) {
  /** Copies the lists. */
  public Timeline {
    lanes = List.copyOf(lanes);
    marks = List.copyOf(marks);
  }

  /** Whether a lane is a vCPU or a thread of the JVM. */
  public enum LaneKind {
    VCPU,
    THREAD
  }

  /**
   * One vCPU or thread.
   *
   * @param tracks one for each state it was ever recorded in
   */
  public record Lane(LaneKind kind, String name, List<Track> tracks) {
    /** Copies the list. */
    public Lane {
      tracks = List.copyOf(tracks);
    }
  }

  /**
   * The time spent in a state, or the number of things that happened, by bucket.
   *
   * @param state such as {@code parked}, {@code socket}, {@code running}
   * @param unit {@link Unit#NANOS}, or {@link Unit#COUNT} for samples
   * @param values one for each bucket
   */
  public record Track(String state, Unit unit, List<Long> values) {
    /** Copies the list. */
    public Track {
      values = List.copyOf(values);
    }

    /** Sum over all buckets. */
    public long total() {
      return values.stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * A stretch of time that concerns the whole JVM or VM.
   *
   * @param kind {@code gc}, {@code safepoint}, {@code swap}, {@code release}
   * @param text what it was
   */
  public record Mark(String kind, String text, long startNanos, long durationNanos) {}
}
