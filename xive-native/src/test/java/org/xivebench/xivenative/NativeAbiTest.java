package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.xivenative.NativeMachine.QUEUE_A;
import static org.xivebench.xivenative.NativeMachine.QUEUE_B;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;
import static org.xivebench.xivenative.NativeMachine.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.KvmXive;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.OpalFaults;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/**
 * What the device accepts, at the edges of what it refuses ({@link NativeErrnoTest}), and what
 * kernels before v6 do otherwise.
 */
class NativeAbiTest {
  private static final int CTRL = XiveUapi.KVM_DEV_XIVE_GRP_CTRL;
  private static final int EQ_CONFIG = XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG;
  private static final int NR_SERVERS = XiveUapi.KVM_DEV_XIVE_NR_SERVERS;
  private static final int IRQ = 7;
  private static final int HOST_IRQ = 0x55;

  private static NativeMachine machine(KernelVersion kernel) {
    return new NativeMachine(VmConfig.DEFAULT.withKernel(kernel), new Xive.Builder().build());
  }

  /** Queues for both vCPUs, pages mapped, and IRQ routed to A at priority 6, ready. */
  private static NativeMachine routed(KernelVersion kernel) throws ErrnoException {
    NativeMachine machine = machine(kernel).withQueues();
    machine.source(IRQ, 0);
    machine.route(IRQ, SERVER_A, 6, 0x1001);
    machine.map();
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    return machine;
  }

  private static NativeMachine routed() throws ErrnoException {
    return routed(KernelVersion.V6);
  }

  // ---- attributes

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1, 2",
    "1, 3",
    "2, 0",
    "2, 0xfffff",
    "3, 0",
    "3, 0xfffff",
    "4, 0",
    "4, -1",
    "5, 0",
    "5, 0xfffff"
  })
  void hasAttr_ofWhatThereIs(int group, String attr) throws ErrnoException {
    machine(KernelVersion.V6).file.hasAttr(group, Long.decode(attr));
  }

  @ParameterizedTest
  @EnumSource(
      value = KernelVersion.class,
      names = {"SEED", "V52", "V54"})
  void nrServers_beforeV55_isNoAttribute(KernelVersion kernel) {
    NativeMachine machine = machine(kernel);

    assertErrno(Errno.ENXIO, () -> machine.file.hasAttr(CTRL, NR_SERVERS));
    assertErrno(Errno.ENXIO, () -> machine.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(8)));
  }

  @Test
  void nrServers_mostThatIsAllowed_isAsManyVpsAsVcpus() throws ErrnoException {
    Xive host = new Xive.Builder().vpCount(4096).build();
    NativeMachine machine = new NativeMachine(VmConfig.DEFAULT, host);
    machine.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(16384));

    machine.connect(machine.a, 2047);

    assertEquals(0x8000_0000 | (2048 + 2047), machine.a.camWord(), "VP 2048 and up: 2048 of them");
  }

  @Test
  void source_bitsThatMeanNothing_areIgnored() throws ErrnoException {
    NativeMachine machine = routed();

    machine.source(IRQ, ~3L);
    assertTrue(machine.debugfs().contains("  MSI IPI"), "no LSI");
    machine.source(IRQ, XiveUapi.KVM_XIVE_LEVEL_ASSERTED);
    assertTrue(machine.debugfs().contains("  MSI IPI"), "asserted alone says nothing");
    machine.source(0xfffff, 1);
    assertTrue(machine.debugfs().contains("000fffff  "), "the last one");
  }

  @Test
  void sourceConfig_masked_looksAtNoTarget() throws ErrnoException {
    NativeMachine machine = routed();

    machine.sourceConfig(IRQ, SourceConfigWord.MASKED.mask() | SourceConfigWord.of(2, 3, 0x99));

    assertTrue(machine.debugfs().contains("  00000000     0/255\n"), machine.debugfs());
  }

  @Test
  void eqConfig_sizeZero_looksAtNothingElse_andTheQueueStillNotifies() throws ErrnoException {
    NativeMachine machine = routed();

    machine.setEq(SERVER_A, 6, new EqConfig(-1, 0, 0x123, 7, 99));
    machine.trigger(IRQ);

    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertEquals(0x0000_0200_ff00_0000L, machine.a.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
    machine.file.getAttr(EQ_CONFIG, EqIdWord.of(SERVER_A, 6), UserBuffer.unreadable());
  }

  @Test
  void eqConfig_hostWithSmallPages_isEinvalAndTakesNoPage() throws ErrnoException {
    NativeMachine machine =
        new NativeMachine(VmConfig.DEFAULT.withHostPageShift(12), new Xive.Builder().build())
            .connected();
    StateDump before = machine.dump();

    assertErrno(Errno.EINVAL, () -> machine.setEq(SERVER_A, 6, EqConfig.fresh(16, QUEUE_A)));

    assertEquals(List.of(), before.changesTo(machine.dump()));
  }

  @Test
  void eqConfig_lastPageOfRam_isTaken() throws ErrnoException {
    NativeMachine machine = routed();

    machine.setEq(SERVER_A, 6, EqConfig.fresh(16, (1 << 20) - (1 << 16)));
    machine.trigger(IRQ);

    assertEquals(0x8000_1001, machine.entry((1 << 20) - (1 << 16), 0));
  }

  // ---- VP_STATE

  @Test
  void vpState_setSecondWord_isIgnored() throws ErrnoException {
    NativeMachine machine = routed();

    machine.a.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, new OneReg(0x0007_0000_ff00_00ffL, -1));

    OneReg state = machine.a.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE);
    assertEquals(0x0007_0000_ff00_00ffL, state.first());
    assertEquals(0, state.second());
    assertEquals(0, machine.host.nvt(machine.a.camWord() & 0x7ffff).savedIpb());
  }

  // ---- pages

  @Test
  void mmap_asManyPagesAsThereAre_andThoseOfNoSourceAreSigbus() throws ErrnoException {
    NativeMachine machine = routed();

    try (DeviceMapping esb = machine.file.mmap(XiveUapi.KVM_XIVE_ESB_PAGE_OFFSET, 0x200000);
        DeviceMapping tima = machine.file.mmap(XiveUapi.KVM_XIVE_TIMA_PAGE_OFFSET, 4)) {
      assertNotNull(esb.page(2 * IRQ));
      assertNotNull(esb.page(2 * IRQ + 1));
      assertNull(esb.page(2 * IRQ + 2), "no such source");
      assertNull(esb.page(2 * 1024), "no such block");
      assertNull(esb.page(0x1fffff), "the last");
      assertNotNull(tima.page(2));
      machine.source(IRQ + 1, 0);
      assertNotNull(esb.page(2 * IRQ + 2), "looked for at each fault");
    }
  }

  // ---- KVM_IRQ_LINE

  /** Level in hex, whether the source is an LSI: whether it triggers, and is asserted then. */
  @ParameterizedTest
  @CsvSource({
    "00000001, false, true, false",
    "ffffffff, false, true, false",
    "fffffffd, false, true, true",
    "00000002, false, true, false",
    "00000000, false, false, false",
    "fffffffe, false, false, false",
    "00000001, true, true, true",
    "fffffffd, true, true, true",
    "ffffffff, true, true, false",
    "00000002, true, true, false",
    "00000000, true, false, false",
    "fffffffe, true, false, false",
  })
  void irqLine_level(String level, boolean lsi, boolean triggers, boolean asserted)
      throws ErrnoException {
    NativeMachine machine = routed();
    machine.source(IRQ, lsi ? XiveUapi.KVM_XIVE_LEVEL_SENSITIVE : 0);
    machine.route(IRQ, SERVER_A, 6, 0x1001);
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);

    assertEquals(0, machine.vm.irqLine(IRQ, Integer.parseUnsignedInt(level, 16)));

    assertEquals(triggers ? Pq.PENDING : Pq.RESET, machine.esbLoad(IRQ, EsbOffset.GET));
    assertEquals(triggers ? 0x8000_1001 : 0, machine.entry(QUEUE_A, 0));
    assertEquals(asserted, xive(machine).block(IRQ).state(IRQ).asserted);
  }

  private static KvmXive xive(NativeMachine machine) {
    return ((XiveNativeDevice) machine.file.device()).xive();
  }

  // ---- pass-through

  private static EsbSource hostSource(NativeMachine machine) {
    return machine.host.defineSource(HOST_IRQ, 0);
  }

  @Test
  void setMapped_whatTheGuestSawInPq_staysInBothDirections() throws ErrnoException {
    for (int pq : new int[] {Pq.RESET, Pq.OFF, Pq.PENDING, Pq.QUEUED}) {
      NativeMachine machine = routed();
      EsbSource hostSource = hostSource(machine);
      machine.esbLoad(IRQ, EsbOffset.SET_PQ_00 + (pq << 8));

      machine.vm.setMapped(IRQ, HOST_IRQ);
      assertEquals(pq, hostSource.pq());
      assertEquals(pq, machine.esbLoad(IRQ, EsbOffset.GET));

      machine.vm.clrMapped(IRQ, HOST_IRQ);
      assertEquals(pq, machine.esbLoad(IRQ, EsbOffset.GET));
      assertEquals(Pq.RESET, hostSource.pq());
      assertEquals(0, machine.entry(QUEUE_A, 0), "nothing was sent");
    }
  }

  @Test
  void setMapped_eventThatTheHostHadNotHandled_isSent() throws ErrnoException {
    NativeMachine machine = routed();
    EsbSource hostSource = hostSource(machine);
    hostSource.loadManagement(EsbOffset.SET_PQ_10);

    machine.vm.setMapped(IRQ, HOST_IRQ);

    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0));
    assertEquals(Pq.PENDING, machine.esbLoad(IRQ, EsbOffset.GET));
  }

  @ParameterizedTest
  @CsvSource({"V510", "V6"})
  void setMapped_firmwareRefuses(KernelVersion kernel) throws ErrnoException {
    NativeMachine machine = routed(kernel);
    EsbSource hostSource = hostSource(machine);
    hostSource.loadManagement(EsbOffset.SET_PQ_10);
    machine.opal.setFaults(
        (call, argument) -> call == OpalCall.SET_IRQ_CONFIG ? OpalCode.HARDWARE : OpalCode.SUCCESS);

    if (kernel == KernelVersion.V510) {
      machine.vm.setMapped(IRQ, HOST_IRQ);
      assertEquals(Errno.EINVAL.negated(), machine.vm.irqLine(IRQ, 1), "it is passed through");
      return;
    }
    assertErrno(Errno.ENXIO, () -> machine.vm.setMapped(IRQ, HOST_IRQ));
    machine.opal.setFaults(OpalFaults.NONE);
    assertEquals(Pq.PENDING, hostSource.pq(), "as the host had it");
    machine.trigger(IRQ);
    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0), "the source goes on");
    assertErrno(Errno.ENODEV, () -> machine.vm.clrMapped(IRQ, HOST_IRQ));
    machine.vm.setMapped(IRQ, HOST_IRQ);
  }

  @ParameterizedTest
  @CsvSource({"V510", "V6"})
  void clrMapped_firmwareRefusesTheSourcesRoute(KernelVersion kernel) throws ErrnoException {
    NativeMachine machine = routed(kernel);
    EsbSource hostSource = hostSource(machine);
    machine.vm.setMapped(IRQ, HOST_IRQ);
    int own = xive(machine).block(IRQ).state(IRQ).ipiNumber;
    machine.opal.setFaults(
        (call, argument) ->
            call == OpalCall.SET_IRQ_CONFIG && argument == own
                ? OpalCode.HARDWARE
                : OpalCode.SUCCESS);

    if (kernel == KernelVersion.V510) {
      machine.vm.clrMapped(IRQ, HOST_IRQ);
      assertEquals(0, machine.vm.irqLine(IRQ, 1), "it is not passed through");
      return;
    }
    assertErrno(Errno.ENXIO, () -> machine.vm.clrMapped(IRQ, HOST_IRQ));
    machine.opal.setFaults(OpalFaults.NONE);
    hostSource.trigger();
    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0), "it goes on as the guest's");
    machine.vm.clrMapped(IRQ, HOST_IRQ);
  }

  // ---- kernels before v6

  @Test
  void v510_sourceOnceLevelSensitive_staysIt() throws ErrnoException {
    NativeMachine machine = routed(KernelVersion.V510);
    machine.source(IRQ, 3);

    machine.source(IRQ, 0);

    assertTrue(xive(machine).block(IRQ).state(IRQ).lsi);
    assertTrue(xive(machine).block(IRQ).state(IRQ).asserted);
  }

  @Test
  void v510_sourceConfigWithTheSameTarget_doesNotMask() throws ErrnoException {
    NativeMachine machine = routed(KernelVersion.V510);

    machine.sourceConfig(
        IRQ, SourceConfigWord.MASKED.mask() | SourceConfigWord.of(6, SERVER_A, 0x1001));
    machine.trigger(IRQ);

    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0));
  }

  @Test
  void v510_queueIsFullAfter16382ChangesOfTarget() throws ErrnoException {
    NativeMachine machine = routed(KernelVersion.V510);
    for (int eisn = 2; eisn <= 16382; eisn++) {
      machine.route(IRQ, SERVER_A, 6, eisn); // the first has been made already
    }

    assertErrno(Errno.EBUSY, () -> machine.route(IRQ, SERVER_A, 6, 0x7777));
    assertEquals(16382, XiveVcpu.of(machine.a).queue(6).count.get());
  }

  @Test
  void v510_queueFull_anotherVcpuIsChosen() throws ErrnoException {
    NativeMachine machine = machine(KernelVersion.V510).connected();
    machine.setEq(SERVER_A, 6, EqConfig.fresh(16, QUEUE_A));
    machine.setEq(SERVER_B, 6, EqConfig.fresh(16, QUEUE_B));
    machine.source(IRQ, 0);
    XiveVcpu.of(machine.a).queue(6).count.set(16382);

    machine.route(IRQ, SERVER_A, 6, 0x1001);
    machine.map();
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    machine.trigger(IRQ);

    assertEquals(0x8000_1001, machine.entry(QUEUE_B, 0));
  }

  @Test
  void v510_setMapped_dataIsTheNumber_andPqIsLeftPending() throws ErrnoException {
    NativeMachine machine = routed(KernelVersion.V510);
    EsbSource hostSource = hostSource(machine);

    machine.vm.setMapped(IRQ, HOST_IRQ);
    assertEquals(Pq.PENDING, machine.esbLoad(IRQ, EsbOffset.GET));
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    hostSource.trigger();
    assertEquals(0x8000_0000 | IRQ, machine.entry(QUEUE_A, 0));

    machine.vm.clrMapped(IRQ, HOST_IRQ);
    assertEquals(Pq.PENDING, machine.esbLoad(IRQ, EsbOffset.GET));
    assertFalse(hostSource.pq() == Pq.OFF);
  }
}
