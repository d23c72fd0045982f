package org.xivebench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EntryGateTest {
  private final EntryGate gate = new EntryGate("gate");
  private final EntryGate.Slot first = gate.newSlot("vcpu0");
  private final EntryGate.Slot second = gate.newSlot("vcpu1");

  @Test
  void tryEnter_openGate_isInside() {
    assertTrue(gate.tryEnter(first));
    assertEquals(List.of(first), gate.inside());
  }

  @Test
  void tryEnter_closedGate_staysOutside() {
    gate.close();

    assertFalse(gate.tryEnter(second));
    assertEquals(List.of(), gate.inside());
  }

  @Test
  void open_onceForEachClose_letsIn() {
    gate.close();
    gate.close();
    gate.open();
    assertFalse(gate.tryEnter(first));

    gate.open();
    assertTrue(gate.tryEnter(first));
    assertThrows(AssertionError.class, gate::open);
  }

  @Test
  void awaitOutside_oneInside_waitsForItToLeave() throws InterruptedException {
    assertTrue(gate.tryEnter(first));
    gate.close();
    assertFalse(gate.awaitOutside(0));

    CountDownLatch drained = new CountDownLatch(1);
    Thread releaser =
        new Thread("releaser") {
          @Override
          public void run() {
            assertTrue(gate.awaitOutside(TimeUnit.SECONDS.toNanos(20)));
            drained.countDown();
          }
        };
    releaser.start();
    assertEquals(1, drained.getCount());
    gate.leave(first);
    drained.await();
    releaser.join();
  }
}
