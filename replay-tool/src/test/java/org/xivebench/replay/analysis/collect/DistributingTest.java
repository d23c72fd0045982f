package org.xivebench.replay.analysis.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.analysis.model.Distribution;
import org.xivebench.replay.analysis.model.Unit;

class DistributingTest {
  private static Distribution of(long... values) {
    Distributing distributing = new Distributing();
    for (long value : values) {
      distributing.add(value);
    }
    return distributing.result(Unit.NANOS);
  }

  @Test
  void result_withoutValues_isAllZero() {
    assertEquals(Distribution.empty(Unit.NANOS), of());
  }

  @Test
  void percentiles_ofFewValues_areTheValuesThemselves() {
    Distribution d = of(40, 10, 30, 20);
    assertEquals(10, d.min());
    assertEquals(20, d.p50());
    assertEquals(40, d.p90());
    assertEquals(40, d.max());
    assertEquals(100, d.total());
  }

  @Test
  void percentiles_ofManyValues_areWithinAHundredthOfTheSortedOnes() {
    Random random = new Random(1);
    long[] values = random.longs(20_000, 1, 5_000_000_000L).map(v -> v / (1 + v % 1000)).toArray();
    Distribution d = of(values);
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    assertEquals(Arrays.stream(values).sum(), d.total());
    assertEquals(sorted[0], d.min());
    assertEquals(sorted[sorted.length - 1], d.max());
    assertNear(sorted[9_999], d.p50());
    assertNear(sorted[17_999], d.p90());
    assertNear(sorted[19_799], d.p99());
    assertNear(sorted[19_979], d.p999());
  }

  private static void assertNear(long expected, long actual) {
    assertTrue(Math.abs(actual - expected) <= expected / 100 + 1, expected + " but " + actual);
  }

  @Test
  void addAll_ofFewAndMany_isAsIfAllHadBeenAddedToOne() {
    for (int split : new int[] {0, 5, 31, 32, 33, 500, 1000}) {
      Distributing one = new Distributing();
      Distributing first = new Distributing();
      Distributing second = new Distributing();
      for (int i = 0; i < 1000; i++) {
        one.add(i * 37L);
        (i < split ? first : second).add(i * 37L);
      }
      first.addAll(second);
      assertEquals(one.result(Unit.BYTES), first.result(Unit.BYTES), "split at " + split);
    }
  }

  @Test
  void negativeAndHugeValues_areTakenWithoutFailure() {
    Distributing distributing = new Distributing();
    for (int i = 0; i < 100; i++) {
      distributing.add(-1);
      distributing.add(Long.MAX_VALUE);
    }
    Distribution d = distributing.result(Unit.NANOS);
    assertEquals(0, d.min());
    assertEquals(Long.MAX_VALUE, d.max());
  }
}
