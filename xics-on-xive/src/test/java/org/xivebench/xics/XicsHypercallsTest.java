package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.xive.OsRingWord;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/** Hypercalls and RTAS calls, step by step: the worked sequences, and what follows from them. */
class XicsHypercallsTest {
  private static final int A = 0x1001;
  private static final int B = 0x1002;

  private static void admitAll(GuestCpu[] cpus) {
    for (GuestCpu cpu : cpus) {
      assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_CPPR, 0xff));
    }
  }

  private static long ipi(GuestCpu cpu, long server, long mfrr) {
    return cpu.hcall(Hcall.H_IPI, server, mfrr);
  }

  private static long eoi(GuestCpu cpu, long xirr) {
    return cpu.hcall(Hcall.H_EOI, xirr);
  }

  private static long ipoll(GuestCpu cpu, long server) {
    assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_IPOLL, server));
    return cpu.vcpu().gpr(4);
  }

  private static int ipb(GuestCpu cpu) {
    return (int) OsRingWord.IPB.get(cpu.vcpu().tima().loadOsRing());
  }

  private static int timaCppr(GuestCpu cpu) {
    return (int) OsRingWord.CPPR.get(cpu.vcpu().tima().loadOsRing());
  }

  // ---- one MSI

  @Test
  void msi_takenAndEnded_leavesNothing() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(Pq.PENDING, machine.pq(A));
            assertEquals(0x80001001, machine.presenter(1).queue(5).qpage().entry(0));
            assertEquals(0x04, ipb(cpus[1]));
            assertTrue(cpus[1].externalInterrupt());
            assertFalse(cpus[0].externalInterrupt());

            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            assertEquals(5, machine.presenter(1).cppr);
            assertEquals(5, machine.presenter(1).hwCppr);
            assertEquals(0x20, machine.presenter(1).pending);
            assertEquals(1, machine.presenter(1).queue(5).position());

            assertEquals(Hcall.H_SUCCESS, eoi(cpus[1], 0xff001001L));
            assertEquals(Pq.RESET, machine.pq(A));
            assertEquals(0, machine.presenter(1).pending);
            assertEquals(0xff, timaCppr(cpus[1]));
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  @Test
  void msi_firedAgainWhileInService_comesAgainAfterEoi() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 3);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            machine.vm.irqLine(A, 1);
            assertEquals(Pq.QUEUED, machine.pq(A));
            eoi(cpus[0], 0xff001001L);
            assertEquals(Pq.PENDING, machine.pq(A));
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void msi_firedAgainBeforeItIsAccepted_isDeliveredTwice() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 3);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  // ---- IPIs

  @Test
  void ipi_withoutQueueOfPriority0_isFoundByMfrr() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertEquals(Hcall.H_SUCCESS, ipi(cpus[0], 1, 4));
            assertEquals(Pq.PENDING, machine.presenter(1).vpIpiData.pq());
            assertEquals(0x80, ipb(cpus[1]));
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[1]));
            assertEquals(Pq.RESET, machine.presenter(1).vpIpiData.pq());
            assertEquals(4, timaCppr(cpus[1]));
            ipi(cpus[1], 1, 0xff);
            eoi(cpus[1], 0xff000002L);
            assertEquals(0xff, timaCppr(cpus[1]));
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[1]));
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void ipi_withQueueOfPriority0_entryIsTakenAndSourceEnded() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 0, 0);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            ipi(cpus[0], 1, 4);
            assertEquals(0x80000002, machine.presenter(1).queue(0).qpage().entry(0));
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[1]));
            assertEquals(1, machine.presenter(1).queue(0).position());
            assertEquals(Pq.RESET, machine.presenter(1).vpIpiData.pq());
          });
    }
  }

  @Test
  void ipi_mfrrNotResetBeforeEoi_comesAgain() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            ipi(cpus[0], 1, 4);
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[1]));
            eoi(cpus[1], 0xff000002L);
            assertEquals(0x08, ipb(cpus[1]));
            assertTrue(cpus[1].externalInterrupt());
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  @Test
  void ipi_atPriorityOfQueuedInterrupt_goesFirst() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 4);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            // Acknowledge priority 4 alone, so that the queue is looked at, and then ask.
            machine.presenter(0).mfrr = 4;
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[0]));
            assertEquals(0, machine.presenter(0).queue(4).position(), "its entry stays");
            ipi(cpus[0], 0, 0xff);
            eoi(cpus[0], 0xff000002L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void ipi_lessFavouredThanQueuedInterrupt_goesSecond() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 3);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            machine.presenter(0).mfrr = 4;
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void ipi_hidesMoreFavouredSource_forOneRound() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 1);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            ipi(cpus[0], 0, 2);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[0]));
            assertTrue(cpus[0].externalInterrupt(), "1 nests in 2");
            assertEquals(0x02001001L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void ipi_pushedTwice_endsInSpuriousInterrupt() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            ipi(cpus[0], 0, 3);
            eoi(cpus[0], 0xff001001L);
            assertEquals(0x90, ipb(cpus[0]), "level 0 of the IPI source, level 3 of MFRR");
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[0]));
            ipi(cpus[0], 0, 0xff);
            eoi(cpus[0], 0xff000002L);
            assertTrue(cpus[0].externalInterrupt());
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[0]));
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void ipi_valueBeyondAByte_keepsAByteAndComparesAll() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertEquals(Hcall.H_SUCCESS, ipi(cpus[0], 1, 0x104));
            assertEquals(4, machine.presenter(1).mfrr);
            assertFalse(cpus[1].externalInterrupt());
            assertEquals(Hcall.H_SUCCESS, ipi(cpus[0], 1, -1L << 8 | 4));
            assertFalse(cpus[1].externalInterrupt(), "compared unsigned");
          });
    }
  }

  @Test
  void ipi_toUnknownServer_isParameterError() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(
          cpus -> {
            assertEquals(Hcall.H_PARAMETER, ipi(cpus[1], 7, 4));
            assertEquals(0xff, machine.presenter(0).mfrr);
            assertEquals(0xff, machine.presenter(1).mfrr);
            assertEquals(1, machine.presenter(1).statIpi, "counted all the same");
            assertEquals(0, machine.presenter(0).statIpi);
          });
    }
  }

  @Test
  void ipi_toItself_manyTimes_leavesNothing() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            for (int i = 0; i < 40_000; i++) {
              ipi(cpus[0], 0, 4);
              assertEquals(0xff000002L, XicsMachine.xirr(cpus[0]));
              ipi(cpus[0], 0, 0xff);
              eoi(cpus[0], 0xff000002L);
            }
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void ipi_toItself_allocatesNothing() throws ErrnoException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 0);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            int rounds = 10_000;
            long bytes = Long.MAX_VALUE;
            // An event that is not recorded is an object until the JIT compiler has seen the call.
            for (int i = 0; i < 200 && bytes >= rounds; i++) {
              long before = threads.getCurrentThreadAllocatedBytes();
              long taken = sendToItself(cpus[1], 1, rounds);
              bytes = threads.getCurrentThreadAllocatedBytes() - before;
              assertEquals(rounds, taken);
            }
            assertTrue(bytes < rounds, bytes + " bytes in " + rounds + " rounds");
          });
    }
  }

  /** Returns how many of the interrupts taken were IPIs. */
  private static long sendToItself(GuestCpu cpu, int server, int rounds) {
    long taken = 0;
    for (int i = 0; i < rounds; i++) {
      cpu.hcall(Hcall.H_IPI, server, 4);
      cpu.hcall(Hcall.H_XIRR);
      long xirr = cpu.vcpu().gpr(4);
      taken += xirr == 0xff000002L ? 1 : 0;
      cpu.hcall(Hcall.H_IPI, server, 0xff);
      cpu.hcall(Hcall.H_EOI, xirr);
    }
    return taken;
  }

  // ---- CPPR

  @Test
  void cppr_lessFavouredThan6_is6ButForFf() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.inGuest(
          cpus -> {
            int[][] given = {{0, 0}, {5, 5}, {6, 6}, {7, 6}, {0xfe, 6}, {0xff, 0xff}, {0x105, 5}};
            for (int[] pair : given) {
              cpus[0].hcall(Hcall.H_CPPR, pair[0]);
              assertEquals(pair[1], machine.presenter(0).cppr);
              assertEquals(pair[1], timaCppr(cpus[0]));
            }
          });
    }
  }

  @Test
  void cppr_raised_presentsWhatWasKeptBack() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.addMsi(B, 0, 3);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            machine.vm.irqLine(B, 1);
            cpus[0].hcall(Hcall.H_CPPR, 3);
            assertFalse(cpus[0].externalInterrupt(), "3 is not more favoured than 3");
            cpus[0].hcall(Hcall.H_CPPR, 4);
            assertEquals(0x04001002L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void cppr_lowered_sendsReroutedInterruptOn() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            int[] status = XicsMachine.rtas(cpus[1], RtasService.SET_XIVE, A, 1, 5);
            assertEquals(0, status[0]);
            assertFalse(cpus[1].externalInterrupt(), "it waits in the old server's queue");
            cpus[0].hcall(Hcall.H_CPPR, 0);
            assertEquals(0x80000001, machine.presenter(0).queue(5).qpage().entry(0), "a dummy");
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            cpus[0].hcall(Hcall.H_CPPR, 0xff);
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  // ---- EOI

  @Test
  void eoi_nested_leavesSpuriousInterrupt() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            ipi(cpus[0], 0, 4);
            assertEquals(0x05000002L, XicsMachine.xirr(cpus[0]));
            ipi(cpus[0], 0, 0xff);
            eoi(cpus[0], 0x05000002L);
            assertEquals(0x04, ipb(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertTrue(cpus[0].externalInterrupt());
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[0]));
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void eoi_ofNoSource_isParameterErrorAndSetsCppr() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertEquals(Hcall.H_PARAMETER, eoi(cpus[0], 0x03008000L), "no block");
            assertEquals(3, machine.presenter(0).cppr);
            assertEquals(3, timaCppr(cpus[0]));
            assertEquals(Hcall.H_PARAMETER, eoi(cpus[0], 0x04001003L), "block without it");
            assertEquals(4, machine.presenter(0).cppr);
          });
    }
  }

  @Test
  void eoi_ofMissingSourceInBlock_succeedsBeforeV6() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V510, new Xive.Builder().build())) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(cpus -> assertEquals(Hcall.H_SUCCESS, eoi(cpus[0], 0x04001003L)));
    }
  }

  @Test
  void eoi_ofNothing_onlySetsCppr() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.inGuest(
          cpus -> {
            assertEquals(Hcall.H_SUCCESS, eoi(cpus[0], 0x05000000L));
            assertEquals(5, machine.presenter(0).cppr);
          });
    }
  }

  @Test
  void eoi_ofLevelSourceStillAsserted_comesAgain() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addSource(A, true);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            XicsMachine.rtas(cpus[0], RtasService.SET_XIVE, A, 1, 2);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            eoi(cpus[1], 0xff001001L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            machine.vm.irqLine(A, 0);
            eoi(cpus[1], 0xff001001L);
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  // ---- H_IPOLL

  @Test
  void ipoll_ofItself_showsAndTakesNothing() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, ipoll(cpus[0], 0));
            assertEquals(0xff001001L, ipoll(cpus[0], 0));
            assertEquals(0, machine.presenter(0).queue(5).position());
            assertTrue(cpus[0].externalInterrupt());
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void ipoll_ofOther_looksIntoAllItsQueues() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            cpus[1].hcall(Hcall.H_CPPR, 6);
            machine.vm.irqLine(A, 1);
            cpus[1].vcpu().setGpr(4, 0x1234);
            assertEquals(0x06001001L, ipoll(cpus[0], 1));
            assertEquals(0x1234, cpus[1].vcpu().gpr(4), "the other's register stays");
            assertEquals(Hcall.H_PARAMETER, cpus[0].hcall(Hcall.H_IPOLL, 9));
          });
    }
  }

  @Test
  void ipoll_ofOther_beforeV6_answersInTheOthersRegister() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2, KernelVersion.V510, new Xive.Builder().build())) {
      machine.addMsi(A, 1, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(1, ipoll(cpus[0], 1));
            assertEquals(0xff001001L, cpus[1].vcpu().gpr(4));
          });
    }
  }

  // ---- masking

  @Test
  void intOff_firedAndEndedWhileMasked_comesAtIntOn() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            assertEquals(0, XicsMachine.rtas(cpus[0], RtasService.INT_OFF, A)[0]);
            assertTrue(machine.source(A).oldP);
            assertFalse(machine.source(A).oldQ);
            assertEquals(5, machine.source(A).savedPriority);
            int[] masked = XicsMachine.rtas(cpus[0], RtasService.GET_XIVE, A);
            assertEquals(1, masked[1]);
            assertEquals(0xff, masked[2]);
            machine.vm.irqLine(A, 1);
            assertEquals(Pq.QUEUED, machine.pq(A));
            eoi(cpus[1], 0xff001001L);
            assertFalse(machine.source(A).oldP);
            assertEquals(Pq.QUEUED, machine.pq(A));
            assertFalse(cpus[1].externalInterrupt());
            assertEquals(0, XicsMachine.rtas(cpus[0], RtasService.INT_ON, A)[0]);
            assertEquals(Pq.PENDING, machine.pq(A));
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  @Test
  void intOn_beforeEoi_leavesTheEoiToCome() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            XicsMachine.rtas(cpus[0], RtasService.INT_OFF, A);
            machine.vm.irqLine(A, 1);
            XicsMachine.rtas(cpus[0], RtasService.INT_ON, A);
            assertEquals(Pq.QUEUED, machine.pq(A));
            eoi(cpus[0], 0xff001001L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void intOn_firedBeforeAndAfterIntOff_countsOneAsCoalesced() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            machine.vm.irqLine(A, 1);
            XicsMachine.rtas(cpus[0], RtasService.INT_OFF, A);
            machine.vm.irqLine(A, 1);
            assertEquals(1, machine.source(A).ipiData.coalesced());
            XicsMachine.rtas(cpus[0], RtasService.INT_ON, A);
            assertEquals(1, machine.source(A).ipiData.coalesced());
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            eoi(cpus[0], 0xff001001L);
            assertEquals(0xff000000L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void intOff_twice_losesThePriority() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            XicsMachine.rtas(cpus[0], RtasService.INT_OFF, A);
            XicsMachine.rtas(cpus[0], RtasService.INT_OFF, A);
            assertEquals(0, XicsMachine.rtas(cpus[0], RtasService.INT_ON, A)[0]);
            assertEquals(0xff, XicsMachine.rtas(cpus[0], RtasService.GET_XIVE, A)[2]);
          });
    }
  }

  @Test
  void setXive_maskingWithAnotherServer_movesTheSource() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 0, 5);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            XicsMachine.rtas(cpus[0], RtasService.SET_XIVE, A, 1, 0xff);
            machine.vm.irqLine(A, 1);
            assertFalse(cpus[1].externalInterrupt());
            XicsMachine.rtas(cpus[0], RtasService.SET_XIVE, A, 1, 5);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void setXive_priorityAbove6_isRoutedAs6AndToldAsGiven() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 2);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            XicsMachine.rtas(cpus[0], RtasService.SET_XIVE, A, 0, 0x80);
            assertEquals(6, machine.source(A).actPriority);
            assertEquals(0x80, XicsMachine.rtas(cpus[0], RtasService.GET_XIVE, A)[2]);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
            assertEquals(6, machine.presenter(0).cppr);
          });
    }
  }

  @Test
  void xirrX_tellsTheTimeToo() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 2);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            machine.vm.irqLine(A, 1);
            assertEquals(Hcall.H_SUCCESS, cpus[0].hcall(Hcall.H_XIRR_X));
            assertEquals(0xff001001L, cpus[0].vcpu().gpr(4));
            long first = cpus[0].vcpu().gpr(5);
            assertEquals(Hcall.H_SUCCESS, cpus[0].hcall(Hcall.H_XIRR_X));
            assertTrue(cpus[0].vcpu().gpr(5) - first >= 0);
            assertEquals(2, machine.presenter(0).statXirr, "counted as H_XIRR");
          });
    }
  }

  @Test
  void icpState_ofIdleServer_isAsTheAbiHasIt() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(cpus -> cpus[1].hcall(Hcall.H_CPPR, 0xff));
      assertEquals(
          0xff000000ffff0000L,
          machine.vcpus.get(1).getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE).first());
      assertEquals(
          0x00000000ffff0000L,
          machine.vcpus.get(0).getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE).first());
    }
  }
}
