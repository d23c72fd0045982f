package org.xivebench.replay.analysis.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xivebench.replay.analysis.collect.Spans.Tail;

class SpansTest {
  @Test
  void tail_isTheLongestHundredth_andWhatOthersTakeOfIt() {
    Spans waits = new Spans(1_000);
    for (int i = 1; i <= 200; i++) {
      waits.add(1_000L * i, i);
    }
    Spans pauses = new Spans(10);
    pauses.add(199_000, 50); // in the second longest
    pauses.add(200_150, 500); // the end of the longest
    pauses.add(5_000, 5); // in one that is not among the longest
    assertEquals(new Tail(2, 199, 399, 100), waits.tail(0.01, pauses));
  }

  @Test
  void tail_ofMoreThanAreKept_isOfThoseThatAre() {
    Spans waits = new Spans(10);
    Spans later = new Spans(10);
    for (int i = 1; i <= 10_000; i++) {
      (i % 2 == 0 ? waits : later).add(0, i);
    }
    waits.addAll(later);
    assertEquals(10_000, waits.count());
    assertEquals(new Tail(10, 9_991, 99_955, 0), waits.tail(0.01, new Spans(1)));
  }

  @Test
  void tail_ofNothing_isNothing() {
    assertEquals(new Tail(0, 0, 0, 0), new Spans(1).tail(0.01, new Spans(1)));
  }
}
