package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Stretches of time, the longest if there are very many. */
public final class Spans {
  private static final Comparator<Span> LONGEST_FIRST =
      Comparator.comparingLong(Span::nanos).reversed();

  private final int most;
  private final List<Span> kept = new ArrayList<>();
  private long count;

  /** Shorter ones are not kept. */
  private long least = Long.MIN_VALUE;

  /**
   * A stretch of time.
   *
   * @param startNanos nanoseconds since the epoch
   * @param nanos its length
   */
  private record Span(long startNanos, long nanos) {
    long overlap(Span other) {
      long end = Math.min(startNanos + nanos, other.startNanos + other.nanos);
      return Math.max(0, end - Math.max(startNanos, other.startNanos));
    }
  }

  /**
   * @param most how many are kept
   */
  public Spans(int most) {
    this.most = most;
  }

  /** Takes one. */
  public void add(long startNanos, long nanos) {
    count++;
    if (nanos > least) {
      keep(new Span(startNanos, nanos));
    }
  }

  private void keep(Span span) {
    kept.add(span);
    if (kept.size() >= 2 * most) {
      kept.sort(LONGEST_FIRST);
      kept.subList(most, kept.size()).clear();
      least = kept.get(most - 1).nanos;
    }
  }

  /** Takes all of another. */
  public void addAll(Spans other) {
    other.kept.forEach(this::keep);
    count += other.count;
  }

  /** How many there were. */
  public long count() {
    return count;
  }

  /**
   * The longest of them, and how much of their time others take, which do not overlap each other.
   *
   * @param share part of all that is looked at, as far as they are kept
   */
  public Tail tail(double share, Spans others) {
    long wanted = Math.max(1, (long) Math.ceil(count * share));
    List<Span> longest = kept.stream().sorted(LONGEST_FIRST).limit(Math.min(wanted, most)).toList();
    long time = 0;
    long taken = 0;
    for (Span span : longest) {
      time += span.nanos;
      for (Span other : others.kept) {
        taken += span.overlap(other);
      }
    }
    long shortest = longest.isEmpty() ? 0 : longest.get(longest.size() - 1).nanos;
    return new Tail(longest.size(), shortest, time, taken);
  }

  /**
   * The longest of some stretches of time.
   *
   * @param count how many
   * @param leastNanos the shortest of them
   * @param nanos all of them together
   * @param takenNanos what of that others take
   */
  public record Tail(int count, long leastNanos, long nanos, long takenNanos) {}
}
