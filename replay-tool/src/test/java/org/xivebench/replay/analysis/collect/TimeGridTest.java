package org.xivebench.replay.analysis.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TimeGridTest {
  private static final long START = 1_700_000_000_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private static long sum(TimeGrid.Track track) {
    return track.values().stream().mapToLong(Long::longValue).sum();
  }

  @Test
  void cover_ofAnySpan_hasABoundedNumberOfBuckets() {
    for (long span = 1; span < 4_000_000 * SECOND; span *= 7) {
      TimeGrid grid = new TimeGrid();
      grid.cover(START, START + span);
      assertTrue(grid.buckets() >= 1 && grid.buckets() <= TimeGrid.MAX_BUCKETS, span + " ns");
      assertTrue(grid.startNanos() <= START);
      assertTrue(grid.startNanos() + grid.buckets() * grid.bucketNanos() > START + span);
    }
  }

  @Test
  void addSpan_overSeveralBuckets_addsExactlyTheSpan() {
    TimeGrid grid = new TimeGrid();
    TimeGrid.Track track = grid.newTrack();
    grid.cover(START, START + 10 * SECOND);
    long width = grid.bucketNanos();
    track.addSpan(grid.startNanos() + width / 2, 2 * width);
    assertEquals(width / 2, track.value(0));
    assertEquals(width, track.value(1));
    assertEquals(width / 2, track.value(2));
    assertEquals(2 * width, sum(track));
  }

  @Test
  void growing_inBothDirections_keepsAllThatWasAdded() {
    Random random = new Random(3);
    TimeGrid grid = new TimeGrid();
    TimeGrid.Track track = grid.newTrack();
    long from = START;
    long to = START;
    for (int i = 1; i <= 2_000; i++) {
      from -= random.nextInt(500_000_000);
      to += random.nextInt(900_000_000);
      grid.cover(from, to);
      track.add(from + (long) (random.nextDouble() * (to - from)), 1);
      assertEquals(i, sum(track));
    }
  }

  @Test
  void time_outsideOfTheGrid_goesToItsEdge() {
    TimeGrid grid = new TimeGrid();
    TimeGrid.Track track = grid.newTrack();
    grid.cover(START, START + SECOND);
    track.add(Long.MIN_VALUE / 2, 1);
    track.add(Long.MAX_VALUE / 2, 2);
    assertEquals(1, track.value(0));
    assertEquals(2, track.value(grid.buckets() - 1));
  }

  @Test
  void addAll_ofAnotherGrid_putsWhatHappenedAtTheSameTimeTogether() {
    TimeGrid fine = new TimeGrid();
    TimeGrid.Track fineTrack = fine.newTrack();
    fine.cover(START + 40 * SECOND, START + 41 * SECOND);
    fineTrack.add(START + 40 * SECOND + 5, 7);
    TimeGrid coarse = new TimeGrid();
    TimeGrid.Track coarseTrack = coarse.newTrack();
    coarse.cover(START, START + 30 * SECOND);
    coarseTrack.add(START + 5, 1);
    coarse.cover(fine);
    coarseTrack.addAll(fineTrack, fine);
    assertEquals(8, sum(coarseTrack));
    int bucket = (int) ((START + 40 * SECOND + 5 - coarse.startNanos()) / coarse.bucketNanos());
    assertEquals(7, coarseTrack.value(bucket));
  }
}
