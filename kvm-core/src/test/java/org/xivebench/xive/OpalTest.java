package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;

/** The firmware calls: what they allocate, refuse and leave behind. */
class OpalTest {
  private final HardwareFixture host = new HardwareFixture();
  private final Opal opal = host.opal;

  @Test
  void allocateIrq_givesOffAndMaskedSourcesUntilNoneIsLeft() {
    Opal small = new Xive.Builder().irqCount(2).build().opal();
    int first = small.allocateIrq();
    int second = small.allocateIrq();
    assertNotEquals(first, second);
    assertEquals(0, small.allocateIrq());
    HardwareFixture.ok(small.freeIrq(first));
    assertEquals(1, small.allocatedIrqCount());
    assertEquals(first, small.allocateIrq());
    assertEquals(OpalCode.PARAMETER, small.freeIrq(12345));
  }

  @Test
  void freeIrq_thenAllocate_isAnotherLife() {
    EsbSource old = host.source(host.a, 5, 1);
    HardwareFixture.ok(opal.freeIrq(old.hwIrq()));
    assertEquals(old.hwIrq(), opal.allocateIrq());
    EsbSource fresh = host.xive.source(old.hwIrq());
    assertNotSame(old, fresh);
    assertEquals(Pq.OFF, fresh.pq());
    assertThrows(UseAfterFree.class, old::trigger);
    Lifetime.resetReports();
  }

  @Test
  void setIrqConfig_masking_keepsPqAndDropsEvents() {
    EsbSource source = host.source(host.a, 5, 1);
    HardwareFixture.ok(opal.setIrqConfig(source.hwIrq(), host.a, Opal.MASKED, 9));
    assertEquals(Pq.RESET, source.pq());
    assertEquals(EasWord.route(host.a * 8 + 7, 9) | EasWord.MASKED.mask(), source.eas());
  }

  @Test
  void setIrqConfig_ofWhatDoesNotExist_isRefusedAndChangesNothing() {
    EsbSource source = host.source(host.a, 5, 1);
    long eas = source.eas();
    assertEquals(OpalCode.PARAMETER, opal.setIrqConfig(source.hwIrq(), 0x3fff, 5, 2));
    assertEquals(OpalCode.PARAMETER, opal.setIrqConfig(source.hwIrq(), host.a, 8, 2));
    assertEquals(OpalCode.PARAMETER, opal.setIrqConfig(0x77, host.a, 5, 2));
    assertEquals(eas, source.eas());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 11, 13, 17, 22, 25})
  void setQueueInfo_ofAnOddSize_isRefused(int order) {
    assertEquals(
        OpalCode.PARAMETER,
        opal.setQueueInfo(host.a, 5, host.a5, 0, order, HardwareFixture.ENABLED_NOTIFY));
    assertEquals(12, opal.queueInfo(host.a, 5).order());
  }

  @Test
  void queueInfo_tellsWhatWasSet() {
    assertEquals(
        new Opal.QueueInfo(
            OpalCode.SUCCESS,
            (long) host.b << 16,
            12,
            HardwareFixture.ENABLED_NOTIFY,
            Opal.ESCALATION_MARKER | (host.b * 8 + 6)),
        opal.queueInfo(host.b, 6));
    assertEquals(OpalCode.PARAMETER, opal.queueInfo(host.b, 8).code());
    assertEquals(OpalCode.PARAMETER, opal.queueInfo(Xive.HOST_VP, 0).code());
  }

  @Test
  void vpBlocks_areAlignedApartAndLimited() {
    Opal small = new Xive.Builder().vpCount(16).build().opal();
    int four = small.allocateVpBlock(2);
    int two = small.allocateVpBlock(1);
    assertEquals(4, four);
    assertEquals(2, two);
    assertEquals(8, small.allocateVpBlock(3));
    assertEquals(OpalCode.RESOURCE, small.allocateVpBlock(2));
    HardwareFixture.ok(small.freeVpBlock(four));
    assertEquals(4, small.allocateVpBlock(2));
    assertEquals(OpalCode.PARAMETER, small.freeVpBlock(5));
    assertEquals(3, small.allocatedVpBlockCount());
  }

  @Test
  void freeVpBlock_withAnEnabledVp_isRefused() {
    int base = host.a & ~3;
    HardwareFixture.ok(opal.setVpInfo(host.a, 0));
    assertEquals(OpalCode.XIVE_FREE_ACTIVE, opal.freeVpBlock(base));
    assertEquals(Opal.VP_ENABLED, opal.vpInfo(host.b).flags());
    HardwareFixture.ok(opal.setVpInfo(host.b, 0));
    End end = host.xive.end(host.a, 5);
    HardwareFixture.ok(opal.freeVpBlock(base));
    assertThrows(UseAfterFree.class, () -> end.process(1));
    assertEquals(OpalCode.PARAMETER, opal.setIrqConfig(opal.allocateIrq(), host.a, 5, 1));
    assertThrows(IllegalArgumentException.class, () -> host.xive.end(host.b, 4).word1());
    assertEquals(base, opal.allocateVpBlock(2));
    assertNotSame(end, host.xive.end(host.a, 5));
    Lifetime.resetReports();
  }

  @Test
  void disabledQueue_isZeroedButForFirmwareAndCoalescers() {
    HardwareFixture.ok(opal.setQueueInfo(host.a, 5, null, 0, 0, 0));
    int[] words = host.xive.end(host.a, 5).words();
    assertEquals(0, words[0]);
    assertEquals(EndWord1.ESN.of(Pq.OFF) | EndWord1.ESE.of(Pq.OFF), words[1]);
    for (int i = 2; i < 8; i++) {
      assertEquals(0, words[i]);
    }
  }

  @Test
  void vpState_ofADisabledVp_isWrongState() {
    HardwareFixture.ok(opal.setVpInfo(host.a, 0));
    assertEquals(OpalCode.WRONG_STATE, opal.vpState(host.a).code());
    assertEquals(OpalCode.SUCCESS, opal.vpState(host.b).code());
  }

  @Test
  void queueState_ofADisabledQueue_isWrongState() {
    assertEquals(OpalCode.WRONG_STATE, opal.queueState(host.a, 3).code());
    assertEquals(OpalCode.WRONG_STATE, opal.setQueueState(host.a, 3, 1, 5));
  }

  @Test
  void injectedFaults_stopEachCallBeforeItDoesAnything() {
    EsbSource source = host.source(host.a, 5, 1);
    int irqs = opal.allocatedIrqCount();
    int blocks = opal.allocatedVpBlockCount();
    long eas = source.eas();
    int[] end = host.xive.end(host.a, 5).words();
    opal.setFaults((call, argument) -> OpalCode.BUSY);
    assertEquals(0, opal.allocateIrq());
    assertEquals(OpalCode.BUSY, opal.freeIrq(source.hwIrq()));
    assertEquals(OpalCode.BUSY, opal.irqInfo(source.hwIrq()).code());
    assertEquals(OpalCode.BUSY, opal.setIrqConfig(source.hwIrq(), host.b, 6, 2));
    assertEquals(OpalCode.BUSY, opal.queueInfo(host.a, 5).code());
    assertEquals(OpalCode.BUSY, opal.setQueueInfo(host.a, 5, null, 0, 0, 0));
    assertEquals(OpalCode.BUSY, opal.queueState(host.a, 5).code());
    assertEquals(OpalCode.BUSY, opal.setQueueState(host.a, 5, 0, 3));
    assertEquals(OpalCode.BUSY, opal.allocateVpBlock(0));
    assertEquals(OpalCode.BUSY, opal.freeVpBlock(host.a & ~3));
    assertEquals(OpalCode.BUSY, opal.vpInfo(host.a).code());
    assertEquals(OpalCode.BUSY, opal.setVpInfo(host.a, 0));
    assertEquals(OpalCode.BUSY, opal.vpState(host.a).code());
    assertEquals(OpalCode.BUSY, opal.sync(Opal.SYNC_SOURCE, source.hwIrq()));
    assertEquals(OpalCode.BUSY, opal.donatePage());
    opal.setFaults(OpalFaults.NONE);
    assertEquals(irqs, opal.allocatedIrqCount());
    assertEquals(blocks, opal.allocatedVpBlockCount());
    assertEquals(eas, source.eas());
    assertEquals(Arrays.toString(end), Arrays.toString(host.xive.end(host.a, 5).words()));
    assertEquals(Opal.VP_ENABLED, opal.vpInfo(host.a).flags());
    assertEquals(0, opal.donatedPageCount());
  }

  @Test
  void injectedFault_onOneVpOnly_leavesTheOtherAlone() {
    opal.setFaults(
        (call, argument) ->
            call == OpalCall.SET_VP_INFO && argument == host.b
                ? OpalCode.HARDWARE
                : OpalCode.SUCCESS);
    assertEquals(OpalCode.HARDWARE, opal.setVpInfo(host.b, 0));
    HardwareFixture.ok(opal.setVpInfo(host.a, 0));
  }

  @Test
  void calls_haveTheFirmwaresTokens() {
    assertEquals(
        "GET_IRQ_INFO=129 SET_IRQ_CONFIG=131 GET_QUEUE_INFO=132 SET_QUEUE_INFO=133 DONATE_PAGE=134 "
            + "ALLOCATE_VP_BLOCK=135 FREE_VP_BLOCK=136 GET_VP_INFO=137 SET_VP_INFO=138 "
            + "ALLOCATE_IRQ=139 FREE_IRQ=140 SYNC=141 GET_QUEUE_STATE=143 SET_QUEUE_STATE=144 "
            + "GET_VP_STATE=170",
        Arrays.stream(OpalCall.values())
            .map(call -> call + "=" + call.token())
            .collect(Collectors.joining(" ")));
  }

  @Test
  void irqInfo_tellsTheKindOfEachSource() {
    Xive withStoreEoi = new Xive.Builder().storeEoi(true).build();
    int ipi = withStoreEoi.opal().allocateIrq();
    assertEquals(
        new Opal.IrqInfo(OpalCode.SUCCESS, EsbSource.STORE_EOI, 16, 0),
        withStoreEoi.opal().irqInfo(ipi));
    assertEquals(new Opal.IrqInfo(OpalCode.SUCCESS, 0, 16, 0), opal.irqInfo(opal.allocateIrq()));
    int lsi = host.xive.defineSource(0x20, EsbSource.LSI).hwIrq();
    assertEquals(EsbSource.LSI, opal.irqInfo(lsi).features());
    assertEquals(OpalCode.SUCCESS, opal.irqInfo(Opal.ESCALATION_MARKER | (host.a * 8 + 5)).code());
    assertEquals(OpalCode.PARAMETER, opal.irqInfo(Opal.ESCALATION_MARKER | 3).code());
    assertEquals(OpalCode.PARAMETER, opal.irqInfo(0x21).code());
  }

  @Test
  void sync_ofASource_succeeds_andOfNothingDoesNot() {
    EsbSource source = host.source(host.a, 5, 1);
    assertEquals(OpalCode.SUCCESS, opal.sync(Opal.SYNC_SOURCE, source.hwIrq()));
    assertEquals(OpalCode.SUCCESS, opal.sync(Opal.SYNC_QUEUE, source.hwIrq()));
    assertEquals(OpalCode.PARAMETER, opal.sync(Opal.SYNC_SOURCE, 0x77));
  }

  @Test
  void vpInfo_tellsCamAndFlags_andKnowsOnlyAllocatedVps() {
    assertEquals(
        new Opal.VpInfo(OpalCode.SUCCESS, Opal.VP_ENABLED, host.a, 0), opal.vpInfo(host.a));
    HardwareFixture.ok(opal.setVpInfo(host.a, 0));
    HardwareFixture.ok(opal.setVpInfo(host.a, Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION));
    assertEquals(Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION, opal.vpInfo(host.a).flags());
    assertEquals(OpalCode.PARAMETER, opal.vpInfo(0x3fff).code());
    assertEquals(OpalCode.PARAMETER, opal.setVpInfo(0x3fff, Opal.VP_ENABLED));
  }

  @Test
  void vpState_hasTheSavedIpbInBits47To40() {
    host.source(host.a, 5, 1).trigger();
    assertEquals(new Opal.VpState(OpalCode.SUCCESS, 0x0000_0400_0000_0000L), opal.vpState(host.a));
    assertEquals(new Opal.VpState(OpalCode.SUCCESS, 0), opal.vpState(host.b));
  }

  @Test
  void setQueueInfo_onAQueueInUse_keepsItsCoalescers() {
    int[] words = host.xive.end(host.a, 5).words();
    words[1] =
        EndWord1.ESN.of(Pq.QUEUED) | EndWord1.ESE.of(Pq.PENDING) | EndWord1.PAGE_OFFSET.of(7);
    host.xive.end(host.a, 5).store(words, host.a5);
    HardwareFixture.ok(
        opal.setQueueInfo(host.a, 5, host.a5, 0, 12, HardwareFixture.ENABLED_NOTIFY));
    assertEquals(
        EndWord1.ESN.of(Pq.QUEUED) | EndWord1.ESE.of(Pq.PENDING) | EndWord1.GENERATION.mask(),
        host.xive.end(host.a, 5).words()[1]);
    int w0 = host.xive.end(host.a, 5).words()[0];
    assertEquals(
        EndWord0.VALID.mask() | EndWord0.ENQUEUE.mask() | EndWord0.BACKLOG.mask(),
        w0 & ~EndWord0.UNCONDITIONAL_NOTIFY.mask());
  }
}
