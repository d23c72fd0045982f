package org.xivebench.replay.analysis.collect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xivebench.replay.analysis.model.Breakdown;
import org.xivebench.replay.analysis.model.CallTree;
import org.xivebench.replay.analysis.model.Occurrence;
import org.xivebench.replay.analysis.model.Unit;
import org.xivebench.replay.jfr.MethodInfo;
import org.xivebench.replay.jfr.StackFrame;
import org.xivebench.replay.jfr.StackTrace;

/** Collectors do not grow with what they are fed, and still say how much there was. */
class BoundedCollectorsTest {
  @Test
  void breakdown_ofVeryManyKeys_keepsTheLargestAndAllTotals() {
    BreakingDown breakdown = new BreakingDown("b", "b", "key", Unit.NANOS, 10);
    for (int i = 0; i < 50_000; i++) {
      breakdown.add("small " + i, 1);
      breakdown.add("large " + i % 3, 1_000);
    }
    Breakdown result = breakdown.result();
    assertEquals(100_000, result.all().count());
    assertEquals(50_000 + 50_000_000L, result.all().total());
    assertEquals(10, result.entries().size());
    assertEquals(
        List.of("large 0", "large 1", "large 2"),
        result.entries().subList(0, 3).stream().map(Breakdown.Entry::key).toList());
    assertEquals(16_667_000, result.entries().get(0).values().total());
    assertTrue(result.omittedKeys() > 40_000, () -> result.omittedKeys() + " omitted");
  }

  @Test
  void worst_keepsTheLargestWhateverTheOrder() {
    BreakingDown breakdown = new BreakingDown("b", "b", "key", Unit.NANOS, 10);
    for (int i = 0; i < 1_000; i++) {
      long value = (i * 7919L) % 1_000;
      if (breakdown.add("k", value)) {
        breakdown.note(new Occurrence(i, value, "", "k", List.of()));
      }
    }
    assertEquals(
        List.of(999L, 998L, 997L, 996L, 995L, 994L, 993L, 992L, 991L, 990L),
        breakdown.result().worst().stream().map(Occurrence::value).toList());
  }

  private static StackTrace trace(String... innermostFirst) {
    List<StackFrame> frames = new ArrayList<>();
    for (String name : innermostFirst) {
      frames.add(new StackFrame(new MethodInfo("C", name, "()V"), 1, 0, "JIT compiled"));
    }
    return new StackTrace(false, frames);
  }

  @Test
  void callTree_addsTracesUpFromTheOutermostFrame() {
    CallTreeBuilder builder = new CallTreeBuilder("t", "t", Unit.COUNT);
    builder.add(trace("c", "b", "a"), 3);
    builder.add(trace("d", "b", "a"), 2);
    builder.add(trace("a"), 1);
    CallTree.Node root = builder.result().root();
    CallTree.Node a = root.children().get(0);
    assertEquals(6, root.total());
    assertEquals("C.a", a.method());
    assertEquals(1, a.self());
    assertEquals("C.b", a.children().get(0).method());
    assertEquals(5, a.children().get(0).total());
    assertEquals(3, a.children().get(0).children().get(0).self());
    assertEquals(3, builder.innermost().get("C.c"));
  }

  @Test
  void callTree_ofVeryManyTraces_isBoundedAndKeepsTheHeavyOnes() {
    CallTreeBuilder builder = new CallTreeBuilder("t", "t", Unit.COUNT);
    for (int i = 0; i < 60_000; i++) {
      builder.add(trace("leaf" + i, "middle" + i % 1000, "top"), 1);
      builder.add(trace("hot", "work", "top"), 5);
    }
    CallTree.Node root = builder.result().root();
    assertEquals(360_000, root.total());
    assertTrue(size(root) <= CallTreeBuilder.RESULT_NODES + 1, () -> size(root) + " nodes");
    CallTree.Node top = root.children().get(0);
    assertEquals("C.work", top.children().get(0).method());
    assertEquals(300_000, top.children().get(0).children().get(0).self());
  }

  private static int size(CallTree.Node node) {
    return 1 + node.children().stream().mapToInt(BoundedCollectorsTest::size).sum();
  }
}
