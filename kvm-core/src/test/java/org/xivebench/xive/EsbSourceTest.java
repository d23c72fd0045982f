package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;

/** The ESB pages: every offset, from every PQ, for each kind of source. */
class EsbSourceTest {

  /** What kind of source a row is about. */
  enum Kind {
    MSI,
    LSI_LOW,
    LSI_HIGH
  }

  /**
   * One row of the table: what an access does from PQ 00, 01, 10, 11, in this order.
   *
   * @param value what a load returns; null for a store
   * @param after PQ after the access
   * @param events how many events are forwarded
   */
  record Row(
      Kind kind,
      String access,
      int first,
      int last,
      List<Long> value,
      List<Integer> after,
      List<Integer> events) {
    @Override
    public String toString() {
      return kind + " " + access + " 0x" + Integer.toHexString(first);
    }
  }

  private static List<Long> v(Long... values) {
    return List.of(values);
  }

  private static List<Integer> pq(Integer... values) {
    return List.of(values);
  }

  private static final List<Integer> NO_EVENT = List.of(0, 0, 0, 0);
  private static final List<Integer> SAME = List.of(0, 1, 2, 3);
  private static final List<Long> ONES = List.of(-1L, -1L, -1L, -1L);
  private static final List<Long> OLD = List.of(0L, 1L, 2L, 3L);

  static Stream<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      boolean high = kind == Kind.LSI_HIGH;
      List<Long> eoiValue = high ? v(1L, 0L, 1L, 0L) : v(0L, 0L, 0L, 1L);
      List<Integer> eoiAfter = high ? pq(2, 1, 2, 2) : pq(0, 1, 0, 2);
      List<Integer> eoiEvents = high ? pq(1, 0, 1, 0) : pq(0, 0, 0, 1);
      rows.add(new Row(kind, "load", 0x000, 0x3ff, eoiValue, eoiAfter, eoiEvents));
      rows.add(new Row(kind, "load", 0x400, 0x7ff, eoiValue, eoiAfter, eoiEvents));
      rows.add(new Row(kind, "load", 0x800, 0xbff, OLD, SAME, NO_EVENT));
      for (int pq = 0; pq < 4; pq++) {
        int first = 0xc00 + 0x100 * pq;
        List<Integer> set = pq(pq, pq, pq, pq);
        rows.add(new Row(kind, "load", first, first + 0xff, OLD, set, NO_EVENT));
        rows.add(new Row(kind, "store", first, first + 0xff, null, set, NO_EVENT));
      }
      boolean msi = kind == Kind.MSI;
      List<Integer> triggered = msi ? pq(2, 1, 3, 3) : SAME;
      List<Integer> triggerEvents = msi ? pq(1, 0, 0, 0) : NO_EVENT;
      rows.add(new Row(kind, "store", 0x000, 0x3ff, null, triggered, triggerEvents));
      rows.add(new Row(kind, "store", 0x400, 0x7ff, null, SAME, NO_EVENT));
      rows.add(new Row(kind, "store", 0x800, 0xbff, null, SAME, NO_EVENT));
      for (int first = 0; first < 0x1000; first += 0x400) {
        rows.add(new Row(kind, "trigger load", first, first + 0x3ff, ONES, SAME, NO_EVENT));
        rows.add(
            new Row(kind, "trigger store", first, first + 0x3ff, null, triggered, triggerEvents));
      }
    }
    return rows.stream();
  }

  private static EsbSource define(HardwareFixture host, Kind kind, int features) {
    EsbSource source =
        host.xive.defineSource(0x1200, kind == Kind.MSI ? features : features | EsbSource.LSI);
    HardwareFixture.ok(host.opal.setIrqConfig(0x1200, host.a, 5, 0x77));
    if (kind == Kind.LSI_HIGH) {
      source.setLine(true);
    }
    return source;
  }

  private static void perform(String access, EsbSource source, int offset, Long expected) {
    switch (access) {
      case "load" -> assertEquals(expected, source.loadManagement(offset));
      case "store" -> source.storeManagement(offset, -1);
      case "trigger load" -> assertEquals(expected, source.loadTrigger(offset));
      default -> source.storeTrigger(offset, -1);
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void access_fromEveryState_isAsTheTable(Row row) {
    HardwareFixture host = new HardwareFixture();
    EsbSource source = define(host, row.kind(), 0);
    End end = host.xive.end(host.a, 5);
    int[] offsets = {row.first(), row.first() + 8, row.last() & ~7, row.first() + 0x1000, 0xf000};
    for (int offset : offsets) {
      int at = offset == 0xf000 ? 0xf000 + row.first() : offset;
      for (int before = 0; before < 4; before++) {
        source.loadManagement(EsbOffset.SET_PQ_00 + 0x100 * before);
        int index = EndWord1.PAGE_OFFSET.get(end.word1());
        String what = row + " at 0x" + Integer.toHexString(at) + " from " + Pq.toString(before);
        perform(row.access(), source, at, row.value() == null ? null : row.value().get(before));
        assertEquals(row.after().get(before), source.pq(), what);
        assertEquals(
            row.events().get(before),
            EndWord1.PAGE_OFFSET.get(end.word1()) - index,
            what + ": events");
      }
    }
  }

  @Test
  void storeEoi_whereTheSourceHasIt_endsTheInterrupt() {
    int[] msiAfter = {0, 1, 0, 2};
    int[] highAfter = {2, 1, 2, 2};
    for (Kind kind : Kind.values()) {
      HardwareFixture host = new HardwareFixture();
      EsbSource source = define(host, kind, EsbSource.STORE_EOI);
      assertTrue(source.hasStoreEoi());
      for (int before = 0; before < 4; before++) {
        source.loadManagement(EsbOffset.SET_PQ_00 + 0x100 * before);
        source.storeManagement(EsbOffset.STORE_EOI, 0);
        assertEquals(
            (kind == Kind.LSI_HIGH ? highAfter : msiAfter)[before],
            source.pq(),
            kind + " from " + Pq.toString(before));
      }
    }
  }

  @Test
  void ipi_ofAHostWithStoreEoi_hasIt() {
    Xive xive = new Xive.Builder().storeEoi(true).build();
    int hwIrq = xive.opal().allocateIrq();
    assertTrue(xive.source(hwIrq).hasStoreEoi());
    assertEquals(EsbSource.STORE_EOI, xive.opal().irqInfo(hwIrq).features());
  }

  @Test
  void workedSequence_fromOff_isAsTheSpecification() {
    HardwareFixture host = new HardwareFixture();
    EsbSource source = define(host, Kind.MSI, 0);
    assertEquals(Pq.OFF, source.pq());
    assertEquals(1, source.loadManagement(EsbOffset.SET_PQ_00));
    assertEquals(TriggerResult.FORWARDED, source.trigger());
    assertEquals(TriggerResult.QUEUED, source.trigger());
    assertEquals(TriggerResult.COALESCED, source.trigger());
    assertEquals(1, source.loadManagement(EsbOffset.LOAD_EOI));
    assertEquals(Pq.PENDING, source.pq());
    assertEquals(0, source.loadManagement(EsbOffset.LOAD_EOI));
    assertEquals(0, source.loadManagement(EsbOffset.SET_PQ_10));
    assertEquals(TriggerResult.QUEUED, source.trigger());
    assertEquals(3, source.loadManagement(EsbOffset.SET_PQ_01));
    assertEquals(TriggerResult.OFF, source.trigger());
    assertEquals(0, source.loadManagement(EsbOffset.LOAD_EOI));
    assertEquals(Pq.OFF, source.pq());
    assertEquals(2, host.a5.written());
    assertEquals(1, source.coalesced());
    assertEquals(1, source.dropped());
  }

  @Test
  void trigger_throughAMaskedEas_isDroppedWithPSet() {
    HardwareFixture host = new HardwareFixture();
    EsbSource source = host.source(host.a, 5, 0x77);
    HardwareFixture.ok(host.opal.setIrqConfig(source.hwIrq(), Xive.HOST_VP, Opal.MASKED, 0));
    assertEquals(TriggerResult.MASKED, source.trigger());
    assertEquals(Pq.PENDING, source.pq());
    assertEquals(TriggerResult.QUEUED, source.trigger());
    assertEquals(1, source.loadManagement(EsbOffset.LOAD_EOI));
    assertEquals(2, source.dropped());
    assertEquals(0, host.a5.written());
  }

  @Test
  void line_upWhileInService_triggersAtEoiUntilItIsDown() {
    HardwareFixture host = new HardwareFixture();
    EsbSource source = define(host, Kind.LSI_LOW, 0);
    source.loadManagement(EsbOffset.SET_PQ_00);
    assertEquals(TriggerResult.FORWARDED, source.setLine(true));
    assertEquals(TriggerResult.IGNORED, source.setLine(true));
    assertTrue(source.line());
    assertEquals(1, source.loadManagement(EsbOffset.LOAD_EOI));
    source.setLine(false);
    assertEquals(TriggerResult.COALESCED, source.setLine(true));
    assertEquals(Pq.PENDING, source.pq());
    source.setLine(false);
    assertFalse(source.line());
    assertEquals(0, source.loadManagement(EsbOffset.LOAD_EOI));
    assertEquals(Pq.RESET, source.pq());
    assertEquals(2, host.a5.written());
  }

  @Test
  void line_ofAnMsi_isRefused() {
    HardwareFixture host = new HardwareFixture();
    EsbSource source = define(host, Kind.MSI, 0);
    assertThrows(IllegalStateException.class, () -> source.setLine(true));
  }

  @Test
  void quirks_ofTheEsb_changeWhatTheySay() {
    Xive xive = new Xive.Builder().quirks(Quirks.QEMU_7_2).build();
    HardwareFixture host = new HardwareFixture(xive);
    EsbSource lsi = define(host, Kind.LSI_LOW, 0);
    lsi.loadManagement(EsbOffset.SET_PQ_00);
    assertEquals(TriggerResult.FORWARDED, lsi.storeTrigger(0, 0));
    assertEquals(TriggerResult.QUEUED, lsi.storeManagement(0, 0));
    assertEquals(Pq.QUEUED, lsi.pq());
    for (int before = 0; before < 4; before++) {
      lsi.loadManagement(EsbOffset.SET_PQ_00 + 0x100 * before);
      assertEquals(TriggerResult.FORWARDED, lsi.storeManagement(0xbf8, 0));
      assertEquals(before, lsi.pq());
    }
    assertEquals(5, host.a5.written());
    assertEquals(0, lsi.oddLoad());
    HardwareFixture architected = new HardwareFixture();
    assertEquals(-1, architected.source(architected.a, 5, 1).oddLoad());
  }

  @Test
  void quirks_ofOneSwitch_leaveTheOthersOff() {
    Quirks only = Quirks.of(EnumSet.of(Quirk.ESB_STORE_0X800));
    HardwareFixture host = new HardwareFixture(new Xive.Builder().quirks(only).build());
    EsbSource lsi = define(host, Kind.LSI_LOW, 0);
    lsi.loadManagement(EsbOffset.SET_PQ_00);
    assertEquals(TriggerResult.IGNORED, lsi.storeTrigger(0, 0));
    assertEquals(TriggerResult.FORWARDED, lsi.storeManagement(0x800, 0));
    assertEquals(EnumSet.of(Quirk.ESB_STORE_0X800), only.asSet());
  }

  @Test
  void everyAccess_afterTheIrqWasFreed_isReported() {
    HardwareFixture host = new HardwareFixture();
    EsbSource source = host.source(host.a, 5, 0x77);
    HardwareFixture.ok(host.opal.freeIrq(source.hwIrq()));
    assertThrows(UseAfterFree.class, () -> source.loadManagement(EsbOffset.GET));
    assertThrows(UseAfterFree.class, () -> source.storeManagement(0, 0));
    assertThrows(UseAfterFree.class, () -> source.storeTrigger(0, 0));
    assertThrows(UseAfterFree.class, source::trigger);
    Lifetime.resetReports();
  }
}
