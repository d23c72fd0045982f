package org.xivebench.xive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.HardwareFixture.ArrayQueue;

/** Events for VPs that are not dispatched, and the host interrupts that they become. */
class EscalationTest {
  private static final int ESCALATING =
      Opal.QUEUE_ENABLED | Opal.QUEUE_ALWAYS_NOTIFY | Opal.QUEUE_ESCALATE;

  private final Xive xive = new Xive.Builder().build();
  private final Opal opal = xive.opal();
  private final int vp = opal.allocateVpBlock(1);
  private final Tima tima = xive.newTima();
  private final AtomicInteger fired = new AtomicInteger();

  private void enable(int flags, int... priorities) {
    HardwareFixture.ok(opal.setVpInfo(vp, flags));
    for (int priority : priorities) {
      HardwareFixture.ok(
          opal.setQueueInfo(vp, priority, new ArrayQueue(16), 0x10000, 16, ESCALATING));
    }
  }

  private EsbSource source(int priority) {
    int hwIrq = opal.allocateIrq();
    HardwareFixture.ok(opal.setIrqConfig(hwIrq, vp, priority, 0x55));
    EsbSource source = xive.source(hwIrq);
    source.loadManagement(EsbOffset.SET_PQ_00);
    return source;
  }

  private HostIrq request(int priority) {
    return xive.requestHostIrq(
        opal.queueInfo(vp, priority).escalationIrq(), "kvm-1-0", fired::incrementAndGet);
  }

  /** One host irq, that KVM arms at each cede: specification 10.8. */
  private HostIrq single() {
    enable(Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION, 5, 6);
    HostIrq irq = request(6);
    irq.setNoEoi();
    irq.escalation().load(EsbOffset.SET_PQ_01);
    return irq;
  }

  @Test
  void single_armedAndEventWhileNotPushed_firesOncePerArming() {
    HostIrq irq = single();
    EsbSource source = source(6);
    irq.escalation().load(EsbOffset.SET_PQ_00);
    source.trigger();
    assertEquals(1, fired.get());
    assertEquals(0x02, xive.nvt(vp).savedIpb());
    assertEquals(Pq.PENDING, irq.escalation().pq());
    source(5).trigger();
    assertEquals(1, fired.get());
    assertEquals(0x06, xive.nvt(vp).savedIpb());
    irq.escalation().load(EsbOffset.SET_PQ_00);
    source(5).trigger();
    assertEquals(2, fired.get());
  }

  @Test
  void single_notArmed_onlySavesTheEvent() {
    HostIrq irq = single();
    source(6).trigger();
    assertEquals(0, fired.get());
    assertEquals(0x02, xive.nvt(vp).savedIpb());
    assertEquals(1, irq.escalation().load(EsbOffset.SET_PQ_01));
  }

  @Test
  void single_wokenOtherwise_finds00WhenItDisarms() {
    HostIrq irq = single();
    irq.escalation().load(EsbOffset.SET_PQ_00);
    assertEquals(0, irq.escalation().load(EsbOffset.SET_PQ_01));
  }

  @Test
  void single_eventWhilePushed_doesNotEscalate() {
    HostIrq irq = single();
    irq.escalation().load(EsbOffset.SET_PQ_00);
    tima.pushOsContext(vp | CamWord.VO.mask());
    source(6).trigger();
    assertEquals(0, fired.get());
    assertEquals(0, xive.nvt(vp).savedIpb());
    assertEquals(0x02, HardwareFixture.byteOf(tima, OsRingWord.IPB));
  }

  @Test
  void single_allPriorities_reportTheSameIrqAndItIsRequestedOnce() {
    single();
    assertEquals(opal.queueInfo(vp, 6).escalationIrq(), opal.queueInfo(vp, 0).escalationIrq());
    assertEquals(Opal.ESCALATION_MARKER | (vp * 8 + 7), opal.queueInfo(vp, 0).escalationIrq());
    assertNull(request(0));
  }

  @Test
  void single_priority7_isTaken() {
    enable(Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION);
    assertEquals(OpalCode.PARAMETER, opal.setQueueInfo(vp, 7, null, 0, 0, Opal.QUEUE_ENABLED));
    HardwareFixture.ok(opal.setVpInfo(vp + 1, Opal.VP_ENABLED));
    HardwareFixture.ok(opal.setQueueInfo(vp + 1, 7, null, 0, 0, Opal.QUEUE_ENABLED));
    assertEquals(
        OpalCode.PARAMETER, opal.setVpInfo(vp + 1, Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION));
  }

  @Test
  void single_onAHostWithout_isRefused() {
    Opal old = new Xive.Builder().singleEscalation(false).build().opal();
    int base = old.allocateVpBlock(0);
    assertEquals(
        OpalCode.PARAMETER, old.setVpInfo(base, Opal.VP_ENABLED | Opal.VP_SINGLE_ESCALATION));
    assertEquals(0, old.vpInfo(base).flags());
  }

  @Test
  void single_vpDisabled_undoesTheGathering() {
    HostIrq irq = single();
    HardwareFixture.ok(opal.setVpInfo(vp, 0));
    assertEquals(Pq.INVALID, irq.escalation().pq());
    assertTrue(irq.isActive());
    int[] six = xive.end(vp, 6).words();
    assertTrue(EndWord0.VALID.isSet(six[0]));
    assertFalse(EndWord0.ESCALATE.isSet(six[0]));
    assertFalse(EndWord0.UNCONDITIONAL_ESCALATE.isSet(six[0]));
    assertFalse(xive.end(vp, 7).isValid());
  }

  @Test
  void single_queueDisabledAndSetUpAgain_escalatesAgain() {
    HostIrq irq = single();
    HardwareFixture.ok(opal.setQueueInfo(vp, 6, null, 0, 0, 0));
    HardwareFixture.ok(opal.setQueueInfo(vp, 6, new ArrayQueue(16), 0x10000, 16, ESCALATING));
    irq.escalation().load(EsbOffset.SET_PQ_00);
    source(6).trigger();
    assertEquals(1, fired.get());
  }

  @Test
  void multiple_eachPriority_hasItsOwnIrqAndTheHostEndsIt() {
    enable(Opal.VP_ENABLED, 5, 6);
    AtomicInteger five = new AtomicInteger();
    HostIrq of6 = request(6);
    HostIrq of5 =
        xive.requestHostIrq(
            opal.queueInfo(vp, 5).escalationIrq(), "kvm-1-0-5", five::incrementAndGet);
    assertNotNull(of6);
    assertNotNull(of5);
    EsbSource source = source(6);
    source.trigger();
    assertEquals(1, fired.get());
    assertEquals(Pq.RESET, of6.escalation().pq());
    source.loadManagement(EsbOffset.LOAD_EOI);
    source.trigger();
    assertEquals(2, fired.get());
    source(5).trigger();
    assertEquals(1, five.get());
    assertEquals(2, fired.get());
  }

  @Test
  void queue_thatDoesNotEscalate_onlySaves() {
    HardwareFixture.ok(opal.setVpInfo(vp, Opal.VP_ENABLED));
    HardwareFixture.ok(
        opal.setQueueInfo(vp, 6, new ArrayQueue(16), 0x10000, 16, HardwareFixture.ENABLED_NOTIFY));
    assertNotNull(request(6));
    source(6).trigger();
    assertEquals(0, fired.get());
    assertEquals(0x02, xive.nvt(vp).savedIpb());
  }

  @Test
  void free_ofAnIrq_endsTheMappingAndSilencesIt() {
    HostIrq irq = single();
    irq.escalation().load(EsbOffset.SET_PQ_00);
    EndEsb mapping = irq.escalation();
    irq.free();
    assertThrows(UseAfterFree.class, () -> mapping.load(EsbOffset.SET_PQ_00));
    xive.endEsb(vp, 7, false).load(EsbOffset.SET_PQ_00);
    source(6).trigger();
    assertEquals(0, fired.get());
    assertNotNull(request(6));
    Lifetime.resetReports();
  }

  @Test
  @Timeout(60)
  void free_whileTheHandlerRuns_waitsForIt() throws InterruptedException {
    enable(Opal.VP_ENABLED, 6);
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    HostIrq irq =
        xive.requestHostIrq(
            opal.queueInfo(vp, 6).escalationIrq(),
            "slow",
            () -> {
              inside.countDown();
              try {
                leave.await();
              } catch (InterruptedException e) {
                failure.set(e);
              }
              fired.incrementAndGet();
            });
    EsbSource source = source(6);
    Thread device = new Thread(source::trigger, "device");
    device.start();
    inside.await();
    AtomicInteger firedAtReturn = new AtomicInteger(-1);
    Thread releaser =
        new Thread(
            () -> {
              irq.free();
              firedAtReturn.set(fired.get());
            },
            "releaser");
    releaser.start();
    leave.countDown();
    device.join();
    releaser.join();
    assertNull(failure.get());
    assertEquals(1, firedAtReturn.get());
    Lifetime.resetReports();
  }

  @Test
  void free_byTheHandlerItself_isABug() {
    enable(Opal.VP_ENABLED, 6);
    AtomicReference<HostIrq> self = new AtomicReference<>();
    self.set(
        xive.requestHostIrq(opal.queueInfo(vp, 6).escalationIrq(), "own", () -> self.get().free()));
    EsbSource source = source(6);
    assertThrows(AssertionError.class, source::trigger);
  }

  @Test
  void hostIrq_ofADevice_runsAtEachTriggerAndEndsIt() {
    EsbSource device = xive.defineSource(0x42, 0);
    HostIrq irq = xive.requestHostIrq(0x42, "eth0", fired::incrementAndGet);
    device.trigger();
    device.trigger();
    assertEquals(2, fired.get());
    assertEquals(Pq.RESET, device.pq());
    irq.free();
    assertEquals(TriggerResult.OFF, device.trigger());
    assertEquals(2, fired.get());
  }
}
