package org.xivebench.replay.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.device.CarriedSource;
import org.xivebench.kvm.device.InterruptState;
import org.xivebench.replay.engine.Ledger.Balance;

/** The law, on two sources. */
class LedgerTest {
  private final Ledger ledger = new Ledger();

  LedgerTest() {
    ledger.open(0x1300, false);
    ledger.open(0x1301, false);
    ledger.triggered(0x1300);
    ledger.triggered(0x1301);
    ledger.delivered(0x1301, 1);
  }

  private Balance first(CarriedSource.Event event) {
    CarriedSource carried = new CarriedSource(0x1300, false, false, true, 1, 6, event, false);
    InterruptState state = new InterruptState(IrqType.XIVE, List.of(carried), List.of());
    return ledger.close(state, List.of(), server -> false).get(0);
  }

  @Test
  void close_whenNothingIsLeft_isLost() {
    assertEquals(new Balance("source 0x1300", 0, 1, 0), first(CarriedSource.Event.NONE));
  }

  @Test
  void close_whenTheEventWaits_isPending() {
    assertEquals(new Balance("source 0x1300", 1, 0, 0), first(CarriedSource.Event.WAITING));
  }

  @Test
  void close_whenDeliveredTwice_isInvented() {
    ledger.delivered(0x1300, 0);
    ledger.delivered(0x1300, 1);
    assertEquals(new Balance("source 0x1300", 0, 0, 1), first(CarriedSource.Event.NONE));
  }

  private Balance lsi(boolean masked) {
    CarriedSource carried =
        new CarriedSource(0x1200, true, true, masked, 1, 6, CarriedSource.Event.NONE, false);
    InterruptState state = new InterruptState(IrqType.XIVE, List.of(carried), List.of());
    return ledger.close(state, List.of(), server -> false).get(0);
  }

  @Test
  void close_whenALineStaysUp_isLostUnlessMasked() {
    ledger.open(0x1200, true);
    ledger.raised(0x1200);
    assertEquals(new Balance("source 0x1200", 0, 1, 0), lsi(false));
    assertEquals(new Balance("source 0x1200", 1, 0, 0), lsi(true));
  }

  @Test
  void serviced_whenTheLineWasRaisedTwice_deliversOneAndCoalescesOne() {
    ledger.open(0x1200, true);
    ledger.raised(0x1200);
    ledger.raised(0x1200);
    ledger.serviced(0x1200, 1);
    ledger.serviced(0x1200, 1);
    assertEquals(1, ledger.source(0x1200).delivered.get());
    assertEquals(1, ledger.source(0x1200).coalesced.get());
    assertEquals(1, ledger.spuriousLsis());
    assertEquals(new Balance("source 0x1200", 0, 0, 0), lsi(false));
  }

  @Test
  void withdrawn_beforeTheHandlerRan_isDropped() {
    ledger.open(0x1200, true);
    ledger.raised(0x1200);
    ledger.withdrawn(0x1200);
    assertEquals(1, ledger.source(0x1200).dropped.get());
    assertEquals(new Balance("source 0x1200", 0, 0, 0), lsi(true));
  }

  @Test
  void close_whenPIsSetAndTheEventNowhere_isLost() {
    ledger.delivered(0x1300, 0);
    assertEquals(new Balance("source 0x1300", 0, 1, 0), first(CarriedSource.Event.LOST));
  }
}
