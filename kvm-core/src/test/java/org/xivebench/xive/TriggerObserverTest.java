package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is observed of triggers without an event of their own, on two sources. */
class TriggerObserverTest {
  private final List<String> seen = new ArrayList<>();
  private final Xive xive = new Xive.Builder().build();
  private final EsbSource first = xive.defineSource(0x40, 0);
  private final EsbSource second = xive.defineSource(0x41, 0);

  TriggerObserverTest() {
    first.setGuestIrq(0x1300);
    second.setGuestIrq(0x1301);
    xive.setTriggerObserver(
        new TriggerObserver() {
          @Override
          public void coalesced(int guestIrq) {
            seen.add("coalesced " + Integer.toHexString(guestIrq));
          }

          @Override
          public void dropped(int guestIrq) {
            seen.add("dropped " + Integer.toHexString(guestIrq));
          }
        });
  }

  @Test
  void trigger_whileQueued_isCoalesced() {
    second.loadManagement(EsbOffset.SET_PQ_11);
    second.trigger();
    assertEquals(List.of("coalesced 1301"), seen);
  }

  @Test
  void trigger_whileOff_isDropped() {
    first.trigger();
    assertEquals(List.of("dropped 1300"), seen);
  }

  @Test
  void trigger_withMaskedEas_isDropped() {
    second.loadManagement(EsbOffset.SET_PQ_00);
    second.trigger();
    assertEquals(List.of("dropped 1301"), seen);
  }

  @Test
  void trigger_whilePending_isNotObserved() {
    first.loadManagement(EsbOffset.SET_PQ_10);
    first.trigger();
    assertEquals(List.of(), seen);
  }

  @Test
  void trigger_whenSoftwareTookQ_isCoalesced() {
    second.loadManagement(EsbOffset.SET_PQ_11);
    second.loadManagement(EsbOffset.SET_PQ_10);
    second.trigger();
    assertEquals(List.of("coalesced 1301"), seen);
  }

  @Test
  void trigger_whenTheTakenQHasBeenForgotten_isNotObserved() {
    first.loadManagement(EsbOffset.SET_PQ_11);
    first.loadManagement(EsbOffset.SET_PQ_10);
    first.loadManagement(EsbOffset.SET_PQ_00);
    first.loadManagement(EsbOffset.SET_PQ_10);
    first.trigger();
    assertEquals(List.of(), seen);
  }

  @Test
  void trigger_ofNoGuestsSource_isNotObserved() {
    EsbSource nobodys = xive.defineSource(0x42, 0);
    nobodys.trigger();
    assertEquals(List.of(), seen);
  }
}
