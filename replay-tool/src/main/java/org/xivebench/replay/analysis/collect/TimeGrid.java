package org.xivebench.replay.analysis.collect;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides the time of a JVM into buckets of equal length, some hundreds whatever the span: when it
 * grows, buckets become longer and what was in them is added up. Bounds lie on multiples of the
 * length, so that grids of the same JVM fit each other.
 */
public final class TimeGrid {
  /** Twice as many as a plot has columns that one can tell apart. */
  static final int MAX_BUCKETS = 600;

  private static final long FINEST_NANOS = 1_000_000;

  private final List<Track> tracks = new ArrayList<>();
  private long width = FINEST_NANOS;

  /** Number of the first bucket, counted in lengths from the epoch. */
  private long first;

  private int size;

  /** The bucket that was looked for last, and its begin: the next is mostly the same. */
  private int latest;

  private long latestStart = Long.MIN_VALUE / 2;

  /** Numbers by bucket, of one grid. */
  public final class Track {
    private long[] cells = new long[size];

    private Track() {}

    /** Adds to the bucket of a moment; one outside of the grid goes to its edge. */
    public void add(long timeNanos, long amount) {
      if (size > 0) {
        cells[bucket(timeNanos)] += amount;
      }
    }

    /** Adds a stretch of time to the buckets that it lies in. */
    public void addSpan(long startNanos, long durationNanos) {
      if (size == 0 || durationNanos <= 0) {
        return;
      }
      int from = bucket(startNanos);
      int to = bucket(startNanos + durationNanos - 1);
      if (from == to) {
        cells[from] += durationNanos;
        return;
      }
      cells[from] += Math.max(0, (first + from + 1) * width - startNanos);
      for (int i = from + 1; i < to; i++) {
        cells[i] += width;
      }
      cells[to] += Math.max(0, startNanos + durationNanos - (first + to) * width);
    }

    /** Adds the buckets of a track of another grid, which this grid covers. */
    public void addAll(Track other, TimeGrid otherGrid) {
      for (int i = 0; i < other.cells.length; i++) {
        if (other.cells[i] != 0) {
          cells[bucket((otherGrid.first + i) * otherGrid.width)] += other.cells[i];
        }
      }
    }

    /** The numbers, one for each bucket. */
    public List<Long> values() {
      List<Long> values = new ArrayList<>(size);
      for (long cell : cells) {
        values.add(cell);
      }
      return values;
    }

    /** The number of a bucket. */
    public long value(int bucket) {
      return cells[bucket];
    }
  }

  /** A new track, all 0. */
  public Track newTrack() {
    Track track = new Track();
    tracks.add(track);
    return track;
  }

  /** Makes the grid cover a stretch of time, in nanoseconds since the epoch. */
  public void cover(long startNanos, long endNanos) {
    if (endNanos < startNanos) {
      return;
    }
    long start = size == 0 ? startNanos : Math.min(startNanos, startNanos());
    long end = size == 0 ? endNanos : Math.max(endNanos, startNanos() + size * width - 1);
    long newWidth = width;
    while (Math.floorDiv(end, newWidth) - Math.floorDiv(start, newWidth) >= MAX_BUCKETS) {
      newWidth *= 2;
    }
    long newFirst = Math.floorDiv(start, newWidth);
    int newSize = (int) (Math.floorDiv(end, newWidth) - newFirst) + 1;
    if (newWidth == width && newFirst == first && newSize == size) {
      return;
    }
    for (Track track : tracks) {
      long[] cells = new long[newSize];
      for (int i = 0; i < size; i++) {
        cells[(int) (Math.floorDiv((first + i) * width, newWidth) - newFirst)] += track.cells[i];
      }
      track.cells = cells;
    }
    width = newWidth;
    first = newFirst;
    size = newSize;
    latestStart = Long.MIN_VALUE / 2;
  }

  /** Makes the grid cover what another covers, with buckets at least as long. */
  public void cover(TimeGrid other) {
    if (other.size > 0) {
      while (width < other.width) {
        coarsen();
      }
      cover(other.startNanos(), other.startNanos() + other.size * other.width - 1);
    }
  }

  private void coarsen() {
    long newFirst = Math.floorDiv(first, 2);
    int newSize = size == 0 ? 0 : (int) (Math.floorDiv(first + size - 1, 2) - newFirst) + 1;
    for (Track track : tracks) {
      long[] cells = new long[newSize];
      for (int i = 0; i < size; i++) {
        cells[(int) (Math.floorDiv(first + i, 2) - newFirst)] += track.cells[i];
      }
      track.cells = cells;
    }
    width *= 2;
    first = newFirst;
    size = newSize;
    latestStart = Long.MIN_VALUE / 2;
  }

  private int bucket(long timeNanos) {
    long inLatest = timeNanos - latestStart;
    if (inLatest < 0 || inLatest >= width) {
      long number = Math.floorDiv(timeNanos, width);
      latest = (int) Math.max(0, Math.min(size - 1, number - first));
      latestStart = number * width;
    }
    return latest;
  }

  /** Begin of the first bucket. */
  public long startNanos() {
    return first * width;
  }

  /** Length of a bucket. */
  public long bucketNanos() {
    return width;
  }

  public int buckets() {
    return size;
  }
}
