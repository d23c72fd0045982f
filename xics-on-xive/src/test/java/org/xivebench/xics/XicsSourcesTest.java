package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.IcpStateWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.xive.BitField64;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/** The words by which sources and presenters are saved and restored. */
class XicsSourcesTest {
  private static final int A = 0x1001;
  private static final int B = 0x1002;
  private static final long LEVEL = XicsSourceWord.LEVEL_SENSITIVE.mask();
  private static final long MASKED = XicsSourceWord.MASKED.mask();
  private static final long PENDING = XicsSourceWord.PENDING.mask();
  private static final long PRESENTED = XicsSourceWord.PRESENTED.mask();
  private static final long QUEUED = XicsSourceWord.QUEUED.mask();

  private static long at(int server, int priority) {
    return XicsSourceWord.DESTINATION.of(server) | XicsSourceWord.PRIORITY.of(priority);
  }

  private static void admitAll(GuestCpu[] cpus) {
    for (GuestCpu cpu : cpus) {
      assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_CPPR, 0xff));
    }
  }

  // ---- layouts

  @Test
  void sourceWord_fieldsAreDisjointAndCoverTheWord() {
    assertCovers(
        XicsSourceWord.DESTINATION,
        XicsSourceWord.PRIORITY,
        XicsSourceWord.LEVEL_SENSITIVE,
        XicsSourceWord.MASKED,
        XicsSourceWord.PENDING,
        XicsSourceWord.PRESENTED,
        XicsSourceWord.QUEUED,
        XicsSourceWord.RESERVED);
    assertEquals(0x0000050500000008L, at(8, 5) | LEVEL | PENDING);
  }

  @Test
  void icpStateWord_fieldsAreDisjointAndCoverTheWord() {
    assertCovers(
        IcpStateWord.CPPR,
        IcpStateWord.XISR,
        IcpStateWord.MFRR,
        IcpStateWord.PENDING_PRIORITY,
        IcpStateWord.UNUSED);
  }

  private static void assertCovers(BitField64... fields) {
    long seen = 0;
    for (BitField64 field : fields) {
      assertEquals(0, seen & field.mask());
      assertEquals(field.max(), field.get(field.of(field.max())));
      seen |= field.mask();
    }
    assertEquals(-1L, seen);
  }

  // ---- set

  @Test
  void set_unmasked_isRoutedAndReady() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.setSource(A, at(1, 5));
      assertEquals(Pq.RESET, machine.pq(A));
      assertEquals(at(1, 5), machine.getSource(A));
      assertEquals(1, machine.device().xive().sourceCount());
      machine.setSource(A, at(0, 4));
      assertEquals(at(0, 4), machine.getSource(A));
      assertEquals(1, machine.device().xive().sourceCount(), "counted once");
    }
  }

  @Test
  void set_pending_isSentAgain() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(XicsSourcesTest::admitAll);
      machine.setSource(A, at(1, 5) | PENDING);
      assertEquals(Pq.PENDING, machine.pq(A));
      machine.inGuest(cpus -> assertEquals(0xff001001L, XicsMachine.xirr(cpus[1])));
    }
  }

  @Test
  void set_maskedAndPending_waitsForIntOn() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.setSource(A, at(1, 5) | PENDING | MASKED);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertFalse(cpus[1].externalInterrupt());
            XicsMachine.rtas(cpus[0], RtasService.INT_ON, A);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  @Test
  void set_presentedAndQueued_comesAgainAfterEoi() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5) | PRESENTED | QUEUED);
      assertEquals(Pq.QUEUED, machine.pq(A));
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertFalse(cpus[0].externalInterrupt());
            cpus[0].hcall(Hcall.H_EOI, 0xff001001L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void set_levelPendingAndPresented_isInServiceWithItsLineUp() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5) | LEVEL | PENDING | PRESENTED);
      assertEquals(Pq.PENDING, machine.pq(A));
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertFalse(cpus[0].externalInterrupt());
            cpus[0].hcall(Hcall.H_EOI, 0xff001001L);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
          });
    }
  }

  @Test
  void set_levelPendingAndPresentedBeforeV6_isPresentedAgain() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V510, new Xive.Builder().build())) {
      machine.setSource(A, at(0, 5) | LEVEL | PENDING | PRESENTED);
      machine.inGuest(
          cpus -> {
            admitAll(cpus);
            assertTrue(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void set_serverThatIsNotThere_isNoErrorAndRoutesNothing() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(7, 5));
      assertEquals(0xff, machine.source(A).actPriority);
      assertEquals(at(0, 5), machine.getSource(A));
    }
  }

  // ---- get

  @Test
  void get_idleWaitingInServiceQueued_showInTheirBits() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.setSource(A, at(1, 5));
      machine.setSource(B, at(0, 3));
      machine.inGuest(XicsSourcesTest::admitAll);

      machine.vm.irqLine(A, 1);
      assertEquals(at(1, 5) | PRESENTED | PENDING, machine.getSource(A));
      assertEquals(at(0, 3), machine.getSource(B));

      machine.inGuest(cpus -> assertEquals(0xff001001L, XicsMachine.xirr(cpus[1])));
      assertEquals(at(1, 5) | PRESENTED, machine.getSource(A));
      assertEquals(at(0, 3), machine.getSource(B));

      machine.vm.irqLine(A, 1);
      assertEquals(at(1, 5) | PRESENTED | QUEUED, machine.getSource(A));
      assertEquals(at(0, 3), machine.getSource(B));
      assertEquals(Pq.QUEUED, machine.pq(A), "as before");
    }
  }

  @Test
  void get_series_isAnsweredFromOneScan() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5));
      machine.setSource(B, at(0, 3));
      assertEquals(at(0, 5), machine.getSource(A));
      machine.vm.irqLine(B, 1);
      assertEquals(at(0, 3), machine.getSource(B), "as it was at the first read");
      assertEquals(at(0, 3) | PRESENTED | PENDING, machine.getSource(B));
    }
  }

  @Test
  void get_masked_showsThePriorityToGoBackTo() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5));
      machine.device().intOff(A);
      assertEquals(at(0, 5) | MASKED, machine.getSource(A));
    }
  }

  @Test
  void get_firedWhileMasked_isPending() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5));
      machine.device().intOff(A);
      machine.vm.irqLine(A, 1);
      assertEquals(at(0, 5) | MASKED | QUEUED | PENDING, machine.getSource(A));
    }
  }

  @Test
  void get_firedWhileMaskedBeforeV6_isForgotten() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V510, new Xive.Builder().build())) {
      machine.setSource(A, at(0, 5));
      machine.device().intOff(A);
      machine.vm.irqLine(A, 1);
      assertEquals(at(0, 5) | MASKED, machine.getSource(A));
    }
  }

  @Test
  void get_levelSource_showsPAsPending() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5) | LEVEL);
      assertEquals(at(0, 5) | LEVEL, machine.getSource(A));
      machine.vm.irqLine(A, 1);
      assertEquals(0x0000050500000000L, machine.getSource(A));
    }
  }

  // ---- presenters

  @Test
  void icpState_mfrrPending_isPresented() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.vcpus.get(1).setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(0xff00000004ff0000L));
      assertEquals(
          0xff00000004ff0000L,
          machine.vcpus.get(1).getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE).first());
      machine.inGuest(
          cpus -> {
            assertFalse(cpus[0].externalInterrupt());
            assertEquals(0xff000002L, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  @Test
  void icpState_cpprBeyond6_isTakenAsItIs() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine
          .vcpus
          .get(0)
          .setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(0x7000_0000_ff00_0000L));
      assertEquals(0x70, machine.presenter(0).cppr);
    }
  }

  @Test
  void icpState_presentedBeforeItsSourceIsThere_isSentWhenItComes() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.vcpus.get(1).setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(0xff001001ff000000L));
      machine.setSource(B, at(0, 3));
      machine.setSource(A, at(1, 5) | PRESENTED);
      assertEquals(0, machine.presenter(1).delayedIrq);
      machine.inGuest(
          cpus -> {
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
            assertFalse(cpus[0].externalInterrupt());
          });
    }
  }

  @Test
  void icpState_presentedAndSourceIsThere_isTriggered() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.setSource(A, at(0, 5));
      machine.vcpus.get(0).setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(0xff001001ff000000L));
      machine.inGuest(cpus -> assertEquals(0xff001001L, XicsMachine.xirr(cpus[0])));
    }
  }
}
