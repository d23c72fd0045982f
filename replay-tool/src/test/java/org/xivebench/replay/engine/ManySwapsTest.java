package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.replay.guest.GuestTask;

/** After a thousand swaps nothing of the devices that have gone is left. */
@Timeout(600)
class ManySwapsTest {
  private static final int SWAPS_BETWEEN = 500;

  /** Objects of one class that may come and go with what is under way. */
  private static final long SLACK = 16;

  @Test
  @Tag("long")
  void heap_after1000Swaps_holdsNoMoreObjectsOfOurs() throws Exception {
    SwapRig rig = new SwapRig(SwapRig.XIVE);
    rig.whileRunning(() -> prepare(rig), 0);
    swap(rig, 100);
    Map<String, Long> before = liveObjects();

    for (int round = 0; round < 2; round++) {
      swap(rig, SWAPS_BETWEEN);
    }

    Map<String, Long> after = liveObjects();
    assertTrue(before.size() > 20, before.toString());
    after.forEach(
        (name, count) ->
            assertTrue(
                count <= before.getOrDefault(name, 0L) + SLACK,
                () -> name + ": " + before.getOrDefault(name, 0L) + " before, " + count));
    rig.check();
  }

  private static void prepare(SwapRig rig) {
    rig.guest.bringUp().forEach(rig::await);
    rig.await(rig.post(0, GuestTask.route(SwapRig.MSI, 1)));
    rig.await(rig.post(1, GuestTask.route(SwapRig.LSI, 0)));
  }

  /** Swaps to and fro, with interrupts between. */
  private static void swap(SwapRig rig, int count) {
    long[] delivered = {rig.ledger.deliveredTo(0) + rig.ledger.deliveredTo(1)};
    rig.whileRunning(
        () -> {
          for (int i = 0; i < count; i++) {
            rig.trigger();
            rig.machine.raise(SwapRig.LSI);
            rig.swapTo(i % 2 == 0 ? SwapRig.XICS : SwapRig.XIVE);
          }
        },
        delivered[0] + 1);
    assertEquals(0, rig.ledger.refusals());
  }

  /** The objects of our classes that a collection leaves, by class: jcmd's histogram. */
  private static Map<String, Long> liveObjects() throws Exception {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    Map<String, Long> counts = new TreeMap<>();
    histogram
        .lines()
        .map(line -> line.strip().split("\\s+", 5))
        .filter(columns -> columns.length > 3 && columns[3].startsWith("org.xivebench."))
        .filter(columns -> !columns[3].contains("$$Lambda"))
        .forEach(columns -> counts.merge(columns[3], Long.parseLong(columns[1]), Long::sum));
    return counts;
  }
}
