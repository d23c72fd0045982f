package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.HardwareFixture.ArrayQueue;

/** Queues, generation and wrap; the coalescers; what an END does with an event. */
class EndTest {
  private final HardwareFixture host = new HardwareFixture().pushed();
  private final End end = host.xive.end(host.a, 5);

  private int index() {
    return EndWord1.PAGE_OFFSET.get(end.word1());
  }

  private int generation() {
    return EndWord1.GENERATION.get(end.word1());
  }

  @Test
  void firstEntry_ofAnEmptyQueue_hasGenerationOne() {
    host.source(host.a, 5, 0x1001).trigger();
    assertEquals(0x8000_1001, host.a5.entry(0));
    assertEquals(1, index());
    assertEquals(1, generation());
    assertEquals(0, host.b5.written());
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 16, 21, 24})
  void queue_atTheWrap_flipsTheGeneration(int order) {
    ArrayQueue queue = new ArrayQueue(order);
    HardwareFixture.ok(
        host.opal.setQueueInfo(host.b, 6, queue, 0x4000000, order, HardwareFixture.ENABLED_NOTIFY));
    EsbSource source = host.source(host.b, 6, 5);
    int entries = 1 << (order - 2);
    for (int i = 0; i < entries; i++) {
      source.trigger();
      source.loadManagement(EsbOffset.LOAD_EOI);
    }
    assertEquals(new Opal.QueueState(OpalCode.SUCCESS, 0, 0), host.opal.queueState(host.b, 6));
    assertEquals(0x8000_0005, queue.entry(0));
    assertEquals(0x8000_0005, queue.entry(entries - 1));
    source.trigger();
    assertEquals(0x0000_0005, queue.entry(0));
    assertEquals(0x8000_0005, queue.entry(1));
    assertEquals(order, host.opal.queueInfo(host.b, 6).order());
  }

  @Test
  void event_withoutQueue_notifiesAndWritesNothing() {
    HardwareFixture.ok(
        host.opal.setQueueInfo(host.a, 5, null, 0, 0, HardwareFixture.ENABLED_NOTIFY));
    host.source(host.a, 5, 0x1001).trigger();
    assertEquals(0, host.a5.written());
    assertEquals(0x8005, host.timaA.acknowledgeOs());
    assertEquals(0, host.timaB.acknowledgeOs() & 0x8000);
  }

  @Test
  void event_atADisabledQueue_isDiscardedAndCounted() {
    EsbSource source = host.source(host.a, 5, 0x1001);
    HardwareFixture.ok(host.opal.setQueueInfo(host.a, 5, null, 0, 0, 0));
    assertEquals(TriggerResult.FORWARDED, source.trigger());
    assertEquals(1, end.discarded());
    assertEquals(0, host.a5.written());
    assertEquals(0, HardwareFixture.byteOf(host.timaA, OsRingWord.IPB));
    assertEquals(OpalCode.WRONG_STATE, host.opal.queueState(host.a, 5).code());
  }

  @Test
  void event_forADisabledVp_isQueuedAndNotNotified() {
    EsbSource source = host.source(host.a, 5, 0x1001);
    HardwareFixture.ok(host.opal.setVpInfo(host.a, 0));
    source.trigger();
    assertEquals(1, host.a5.written());
    assertEquals(1, end.discarded());
    assertEquals(0, HardwareFixture.byteOf(host.timaA, OsRingWord.IPB));
  }

  @Test
  void queue_withoutUnconditionalNotify_notifiesOnceUntilItsEoi() {
    int[] words = end.words();
    words[0] &= ~EndWord0.UNCONDITIONAL_NOTIFY.mask();
    words[1] = EndWord1.GENERATION.mask();
    end.store(words, host.a5);
    EsbSource one = host.source(host.a, 5, 0x10);
    EsbSource two = host.source(host.a, 5, 0x11);
    EndEsb page = host.xive.endEsb(host.a, 5, true);

    one.trigger();
    assertEquals(0x8005, host.timaA.acknowledgeOs());
    assertEquals(Pq.PENDING, page.pq());
    two.trigger();
    assertEquals(2, host.a5.written());
    assertEquals(Pq.QUEUED, page.pq());
    host.timaA.setOsCppr(0xff);
    assertFalse(host.timaA.externalLine());

    assertEquals(1, page.load(EsbOffset.LOAD_EOI));
    assertEquals(0x8005, host.timaA.acknowledgeOs());
    assertEquals(0, page.load(EsbOffset.LOAD_EOI));
    assertEquals(Pq.RESET, page.pq());
  }

  @Test
  void endPages_ofQemu_areDisabled() {
    HardwareFixture qemu =
        new HardwareFixture(new Xive.Builder().quirks(Quirks.QEMU_7_2).build()).pushed();
    EndEsb page = qemu.xive.endEsb(qemu.a, 5, true);
    page.store(EsbOffset.SET_PQ_11, 0);
    assertEquals(0, page.load(EsbOffset.GET));
    assertEquals(Pq.OFF, EndWord1.ESN.get(qemu.xive.end(qemu.a, 5).word1()));
  }

  @Test
  void endPage_ofADisabledEnd_loadsAllOnes() {
    EndEsb page = host.xive.endEsb(host.b, 3, false);
    assertEquals(-1L, page.load(EsbOffset.SET_PQ_01));
    assertEquals(Pq.INVALID, page.pq());
  }

  @Test
  void priority0xff_inWord7_queuesWithoutNotifying() {
    int[] words = end.words();
    words[7] = EndWord7.PRIORITY.of(0xff);
    end.store(words, host.a5);
    host.source(host.a, 5, 0x10).trigger();
    assertEquals(1, host.a5.written());
    assertEquals(0, HardwareFixture.byteOf(host.timaA, OsRingWord.IPB));
  }

  @Test
  void setQueueInfo_onAQueueInUse_startsItAnewAndKeepsWhatIsPending() {
    EsbSource source = host.source(host.a, 5, 0x10);
    source.trigger();
    HardwareFixture.ok(
        host.opal.setQueueInfo(host.a, 5, host.a5, 0x90000, 12, HardwareFixture.ENABLED_NOTIFY));
    assertEquals(new Opal.QueueState(OpalCode.SUCCESS, 1, 0), host.opal.queueState(host.a, 5));
    assertEquals(0x8005, host.timaA.acknowledgeOs());
    assertEquals(0x90000, host.opal.queueInfo(host.a, 5).address());
  }

  @Test
  void setQueueState_thenAnEvent_continuesThere() {
    HardwareFixture.ok(host.opal.setQueueState(host.a, 5, 0, 1023));
    EsbSource source = host.source(host.a, 5, 0x22);
    source.trigger();
    assertEquals(0x22, host.a5.entry(1023));
    assertEquals(0, index());
    assertEquals(1, generation());
  }

  @Test
  void event_intoAFreedQueue_isReported() {
    Lifetime page = new Lifetime(() -> "queue page");
    QueueMemory freed =
        new QueueMemory() {
          @Override
          public void putEntry(int index, int bigEndianWord) {
            page.check();
          }

          @Override
          public int entry(int index) {
            page.check();
            return 0;
          }
        };
    HardwareFixture.ok(
        host.opal.setQueueInfo(host.a, 5, freed, 0x90000, 12, HardwareFixture.ENABLED_NOTIFY));
    EsbSource source = host.source(host.a, 5, 0x10);
    page.free("clean-up before the END was disabled");
    assertThrows(UseAfterFree.class, source::trigger);
    // The hardware is not stuck: neither the END nor the source.
    source.sync();
    assertTrue(end.isValid());
    Lifetime.resetReports();
  }

  @Test
  void store_ofAQueueWithoutMemory_isRefused() {
    int[] words = end.words();
    assertThrows(IllegalArgumentException.class, () -> end.store(words, null));
  }

  @Test
  void busyBit_isNeverShown() {
    assertFalse(EndWord1.RESERVED.isSet(end.word1()));
    assertFalse(EndWord1.RESERVED.isSet(end.words()[1]));
  }
}
