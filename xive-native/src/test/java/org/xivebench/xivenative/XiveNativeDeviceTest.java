package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.xivenative.NativeMachine.QUEUE_A;
import static org.xivebench.xivenative.NativeMachine.QUEUE_B;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;
import static org.xivebench.xivenative.NativeMachine.assertErrno;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelFix;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.debugfs.DebugfsFile;
import org.xivebench.kvm.device.DeviceMapping;
import org.xivebench.kvm.device.IoPage;
import org.xivebench.kvm.device.Presenter;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.irqchip.XiveVcpu;
import org.xivebench.kvm.release.ReleaseProtocol;
import org.xivebench.kvm.release.Step;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.sync.Lifetime;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.EsbOffset;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

class XiveNativeDeviceTest {
  private static final int IRQ = 12;
  private static final int OTHER_IRQ = 1030;

  @AfterEach
  void forgetPlantedReports() {
    Lifetime.resetReports();
  }

  private static NativeMachine withSources() throws ErrnoException {
    NativeMachine machine = new NativeMachine().withQueues();
    machine.source(IRQ, 0);
    machine.source(OTHER_IRQ, 0);
    machine.route(IRQ, SERVER_A, 6, 0x1001);
    machine.route(OTHER_IRQ, SERVER_B, 4, 0x2002);
    machine.map();
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    return machine;
  }

  // ---- encodings

  @Test
  void sourceConfigWord_workedValue_asDocumented() {
    assertEquals(0x0000_2002_0000_0046L, SourceConfigWord.of(6, 8, 0x1001));
  }

  @Test
  void vpState_fresh_asDocumented() throws ErrnoException {
    NativeMachine machine = new NativeMachine().connected();

    assertEquals(0x0000_0000_ff00_0000L, machine.b.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
  }

  @Test
  void vpState_eventWhileNotDispatched_showsTheIpbOfTheNvt() throws ErrnoException {
    NativeMachine machine = withSources();

    machine.trigger(IRQ);

    assertEquals(0x0000_0200_ff00_0000L, machine.a.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
    assertEquals(0x0000_0000_ff00_0000L, machine.b.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());
  }

  @Test
  void vpState_set_isLoadedAtTheNextEntry() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.trigger(IRQ);
    machine.b.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(0x0007_0000_ff00_0000L));

    machine.b.run(cpu -> assertFalse(cpu.externalInterrupt()), NoExits.INSTANCE);
    machine.a.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(0x00ff_0000_ff00_0000L));
    machine.a.run(cpu -> assertTrue(cpu.externalInterrupt()), NoExits.INSTANCE);

    assertEquals(7, machine.b.savedState() >>> 48 & 0xff);
  }

  @Test
  void icpState_onANativeVcpu_isReachable() throws ErrnoException {
    NativeMachine machine = withSources();
    OneReg word = OneReg.of(0x0500_000c_0400_0000L);

    machine.a.setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, word);

    assertEquals(
        0x0500_0000_04ff_0000L, machine.a.getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE).first());
    assertEquals(5, machine.a.savedState() >>> 48 & 0xff);
    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0), "XISR 12 is sent");
    assertEquals(
        0x0000_0000_00ff_0000L, machine.b.getOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE).first());
  }

  // ---- connect

  @Test
  void connect_twoServers_eachHasItsVp() throws ErrnoException {
    NativeMachine machine = new NativeMachine().connected();

    assertEquals(SERVER_A, machine.a.presenter().serverNumber());
    assertEquals(SERVER_B, machine.b.presenter().serverNumber());
    assertEquals(IrqType.XIVE, machine.b.irqType());
    assertEquals(SERVER_B - SERVER_A, machine.b.camWord() - machine.a.camWord());
    assertTrue(machine.a.camWord() < 0, "the valid bit");
    assertEquals(1, machine.opal.allocatedVpBlockCount());
  }

  @Test
  void connect_firmwareFails_leavesNothing() throws ErrnoException {
    NativeMachine machine = new NativeMachine();
    machine.opal.setFaults(
        (call, argument) -> call == OpalCall.GET_VP_INFO ? OpalCode.HARDWARE : OpalCode.SUCCESS);

    assertErrno(Errno.EIO, () -> machine.connect(machine.a, SERVER_A));

    assertNull(machine.a.presenter());
    assertEquals(IrqType.DEFAULT, machine.a.irqType());
    assertEquals(0, machine.a.camWord());
    machine.opal.setFaults((call, argument) -> OpalCode.SUCCESS);
    machine.connect(machine.a, SERVER_A);
    assertEquals(SERVER_A, machine.a.presenter().serverNumber());
  }

  @Test
  void nrServers_limitsTheBlock() throws ErrnoException {
    NativeMachine machine = new NativeMachine();
    machine.file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, 3, UserBuffer.ofInt(16));

    machine.connect(machine.a, 15);

    assertErrno(Errno.EINVAL, () -> machine.connect(machine.b, SERVER_B));
    assertErrno(
        Errno.EBUSY,
        () -> machine.file.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, 3, UserBuffer.ofInt(32)));
  }

  @ParameterizedTest
  @EnumSource(
      value = KernelVersion.class,
      names = {"V52", "V54"})
  void create_withoutVps_beforeV55_blocksEveryLaterCreate(KernelVersion kernel) {
    Xive host = new Xive.Builder().build();
    host.opal()
        .setFaults(
            (call, argument) ->
                call == OpalCall.ALLOCATE_VP_BLOCK ? OpalCode.RESOURCE : OpalCode.SUCCESS);
    Vm vm = new Vm(VmConfig.DEFAULT.withKernel(kernel), host);
    XiveNativeDeviceType type = new XiveNativeDeviceType();

    assertErrno(Errno.ENXIO, () -> vm.createDevice(type).close());
    host.opal().setFaults((call, argument) -> OpalCode.SUCCESS);

    assertErrno(Errno.EEXIST, () -> vm.createDevice(type).close());
  }

  // ---- queues

  @Test
  void eqConfig_get_tellsWhatWasSetAndWhereHardwareIs() throws ErrnoException {
    NativeMachine machine = withSources();

    machine.trigger(IRQ);

    assertEquals(new EqConfig(1, 16, QUEUE_A, 1, 1), machine.getEq(SERVER_A, 6));
    assertEquals(new EqConfig(1, 16, QUEUE_B, 1, 0), machine.getEq(SERVER_B, 4));
    assertEquals(EqConfig.none(), machine.getEq(SERVER_B, 6), "no queue: nothing is written");
  }

  @Test
  void eqConfig_position_isWhereHardwareGoesOn() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.setEq(SERVER_A, 6, new EqConfig(1, 16, 0x90000, 0, 16383));

    machine.trigger(IRQ);

    assertEquals(0x0000_1001, machine.entry(0x90000, 16383));
    assertEquals(new EqConfig(1, 16, 0x90000, 1, 0), machine.getEq(SERVER_A, 6));
  }

  @Test
  void eqConfig_again_dropsTheOldPage() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.setEq(SERVER_A, 6, EqConfig.fresh(16, 0x90000));

    machine.trigger(IRQ);

    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertEquals(0x8000_1001, machine.entry(0x90000, 0));
  }

  @Test
  void eqConfig_sizeZero_takesTheQueueAway() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.setEq(SERVER_A, 6, EqConfig.none());

    machine.trigger(IRQ);

    assertEquals(EqConfig.none(), machine.getEq(SERVER_A, 6));
    assertEquals(0, machine.entry(QUEUE_A, 0));
    assertErrno(Errno.EBUSY, () -> machine.route(OTHER_IRQ, SERVER_A, 6, 3));
  }

  @Test
  void eqConfig_sizeZeroWithoutFlags_isEinvalBeforeV52Only() throws ErrnoException {
    NativeMachine seed =
        new NativeMachine(
            VmConfig.DEFAULT.withKernel(KernelVersion.SEED), new Xive.Builder().build());
    seed.withQueues();
    NativeMachine.assertErrno(Errno.EINVAL, () -> seed.setEq(SERVER_A, 6, EqConfig.none()));
    NativeMachine v52 =
        new NativeMachine(
            VmConfig.DEFAULT.withKernel(KernelVersion.V52), new Xive.Builder().build());
    v52.withQueues();
    v52.setEq(SERVER_A, 6, EqConfig.none());
    assertEquals(EqConfig.none(), v52.getEq(SERVER_A, 6));
  }

  @Test
  void eqConfig_secondPriority_sharesTheSingleEscalation() throws ErrnoException {
    NativeMachine machine = new NativeMachine().withQueues();

    machine.setEq(SERVER_A, 3, EqConfig.fresh(16, 0x90000));

    assertEquals(0x90000, machine.getEq(SERVER_A, 3).qaddr());
    machine.file.close();
    assertEquals(0, machine.opal.allocatedVpBlockCount());
  }

  @Test
  void eqConfig_secondPriorityOnAnOlderKernel_isEbusyAndLeavesNoQueue() throws ErrnoException {
    NativeMachine machine =
        new NativeMachine(
            VmConfig.DEFAULT.withKernel(KernelVersion.V510), new Xive.Builder().build());
    machine.withQueues();

    assertErrno(Errno.EBUSY, () -> machine.setEq(SERVER_A, 3, EqConfig.fresh(16, 0x90000)));

    assertEquals(EqConfig.none(), machine.getEq(SERVER_A, 3));
  }

  @Test
  void eqConfig_multipleEscalation_eachPriorityHasItsOwn() throws ErrnoException {
    Xive host = new Xive.Builder().singleEscalation(false).build();
    NativeMachine machine = new NativeMachine(VmConfig.DEFAULT, host).withQueues();

    machine.setEq(SERVER_A, 3, EqConfig.fresh(16, 0x90000));

    XiveVcpu xc = XiveVcpu.of(machine.a);
    String name = "kvm-" + machine.vm.lpid() + "-5-";
    assertEquals(name + 3, xc.escalation(3).name());
    assertEquals(name + 6, xc.escalation(6).name());
    assertNull(machine.a.escEsb(), "H_CEDE arms nothing");
    machine.file.close();
    assertEquals(0, machine.opal.allocatedVpBlockCount());
    assertEquals(List.of(), machine.vm.stuckReports());
  }

  // ---- sources

  @Test
  void source_routed_arrivesInTheQueueOfItsServer() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);

    assertEquals(0, machine.vm.irqLine(IRQ, 1));

    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0));
    assertEquals(0, machine.entry(QUEUE_B, 0));
    assertEquals(Pq.PENDING, machine.esbLoad(IRQ, EsbOffset.GET));
  }

  @Test
  void source_queueMissing_spillsToAnotherVcpu() throws ErrnoException {
    NativeMachine machine = withSources();

    machine.route(IRQ, SERVER_A, 4, 0x77);
    machine.trigger(IRQ);

    assertEquals(0x8000_0077, machine.entry(QUEUE_B, 0));
  }

  @Test
  void source_masked_isRoutedNowhere() throws ErrnoException {
    NativeMachine machine = withSources();
    long same = SourceConfigWord.of(6, SERVER_A, 0x1001);

    machine.sourceConfig(IRQ, same | SourceConfigWord.MASKED.mask());
    machine.trigger(IRQ);

    assertEquals(0, machine.entry(QUEUE_A, 0));
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    machine.sourceConfig(IRQ, same);
    machine.trigger(IRQ);
    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0));
  }

  @Test
  void source_retargetedMoreOftenThanAQueueHasEntries_staysWhereItIsPut() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.setEq(SERVER_A, 4, EqConfig.fresh(16, 0x90000));

    for (int eisn = 0; eisn <= 16384; eisn++) {
      machine.route(IRQ, SERVER_A, 4, eisn);
    }
    machine.trigger(IRQ);

    assertEquals(0x8000_4000, machine.entry(0x90000, 0));
  }

  @Test
  void source_onceLevelSensitive_canBecomeAnMsi() throws ErrnoException {
    NativeMachine machine = withSources();
    machine.source(IRQ, 3);
    assertTrue(machine.debugfs().contains("^LSI IPI"), machine.debugfs());

    machine.source(IRQ, 0);

    assertFalse(machine.debugfs().contains("LSI"), machine.debugfs());
  }

  @Test
  void irqLine_badSource_isEinvalInTheStatus() throws ErrnoException {
    NativeMachine machine = withSources();

    assertEquals(Errno.EINVAL.negated(), machine.vm.irqLine(IRQ + 1, 1));
    assertEquals(Errno.EINVAL.negated(), machine.vm.irqLine(5000, 1));
    assertEquals(0, machine.vm.irqLine(IRQ, KvmUapi.KVM_INTERRUPT_UNSET));
    assertEquals(0, machine.entry(QUEUE_A, 0));
  }

  @Test
  void reset_forgetsRoutesAndQueues_keepsSourcesAndConnections() throws ErrnoException {
    NativeMachine machine = withSources();
    int irqs = machine.opal.allocatedIrqCount();

    machine.control(XiveUapi.KVM_DEV_XIVE_RESET);

    assertEquals(EqConfig.none(), machine.getEq(SERVER_A, 6));
    assertEquals(Pq.OFF, machine.esbLoad(IRQ, EsbOffset.GET));
    assertEquals(irqs, machine.opal.allocatedIrqCount());
    assertEquals(SERVER_B, machine.b.presenter().serverNumber());
    assertNull(machine.a.escEsb());
    machine.setEq(SERVER_A, 6, EqConfig.fresh(16, QUEUE_A));
    machine.route(IRQ, SERVER_A, 6, 0x31);
    machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
    machine.trigger(IRQ);
    assertEquals(0x8000_0031, machine.entry(QUEUE_A, 0));
  }

  // ---- pages

  @Test
  void fault_pagesThatTheGuestHasNot_areSigbus() throws ErrnoException {
    NativeMachine machine = withSources();
    DeviceMapping tima = machine.vm.guestIo().tima();
    DeviceMapping esb = machine.vm.guestIo().esb();

    assertNull(tima.page(0));
    assertNull(tima.page(1));
    assertNotNull(tima.page(2));
    assertNull(tima.page(3));
    assertNull(esb.page(2 * IRQ + 2), "a source that was not made");
    assertEquals(-1L, esb.page(2 * IRQ).load(machine.a, 0, 8), "the trigger page");
  }

  @Test
  void tima_eachVcpu_findsItsOwnThread() throws ErrnoException {
    NativeMachine machine = withSources();
    IoPage tima = machine.vm.guestIo().tima().page(2);

    machine.b.run(cpu -> cpu.timaStore(2, 0x11, 1, 3), NoExits.INSTANCE);
    machine.a.run(
        cpu -> {
          cpu.timaStore(2, 0x11, 1, 6);
          assertEquals(6, tima.load(machine.a, 0x10, 4) >>> 16 & 0xff);
          assertEquals(3, tima.load(machine.b, 0x10, 4) >>> 16 & 0xff);
        },
        NoExits.INSTANCE);

    assertEquals(6, machine.a.savedState() >>> 48 & 0xff);
    assertEquals(3, machine.b.savedState() >>> 48 & 0xff);
  }

  @Test
  void passThrough_mapped_thePageIsTheHostsUntilUnmapped() throws ErrnoException {
    NativeMachine machine = withSources();
    EsbSource hostSource = machine.host.defineSource(0x55, 0);
    IoPage before = machine.vm.guestIo().esb().page(2 * IRQ);

    machine.vm.setMapped(IRQ, 0x55);
    assertNotSame(before, machine.vm.guestIo().esb().page(2 * IRQ));
    hostSource.trigger();

    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0));
    assertEquals(Errno.EINVAL.negated(), machine.vm.irqLine(IRQ, 1));
    assertEquals(Pq.PENDING, machine.esbLoad(IRQ, EsbOffset.SET_PQ_00));

    machine.vm.clrMapped(IRQ, 0x55);
    machine.trigger(IRQ);
    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 1));
  }

  // ---- release

  static List<ReleaseProtocol> protocols() {
    return ReleaseProtocol.all();
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void release_andAgain_leavesNothingAndStartsAnew(ReleaseProtocol protocol) throws ErrnoException {
    NativeMachine machine =
        new NativeMachine(VmConfig.DEFAULT.withProtocol(protocol), new Xive.Builder().build());
    for (int life = 0; life < 3; life++) {
      machine.withQueues();
      machine.source(IRQ, 0);
      machine.route(IRQ, SERVER_B, 4, 0x100 + life);
      machine.map();
      machine.esbLoad(IRQ, EsbOffset.SET_PQ_00);
      machine.trigger(IRQ);
      assertEquals(0x8000_0100 + life, machine.entry(QUEUE_B, 0));
      assertEquals(
          0x0000_0800_ff00_0000L, machine.b.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE).first());

      machine.unmap();
      machine.file.close();

      assertTrue(machine.file.isReleased());
      assertEquals(0, machine.opal.allocatedIrqCount());
      assertEquals(0, machine.opal.allocatedVpBlockCount());
      assertEquals(IrqType.DEFAULT, machine.b.irqType());
      assertNull(machine.b.presenter());
      assertEquals(List.of(), machine.vm.debugfs().paths());
      assertEquals(List.of(), Lifetime.reports());
      machine.file = machine.vm.createDevice(machine.type);
    }
  }

  @Test
  void release_withAMapping_waitsForIt() throws ErrnoException {
    NativeMachine machine = withSources();

    machine.file.close();

    assertFalse(machine.file.isReleased());
    machine.trigger(IRQ);
    assertEquals(0x8000_1001, machine.entry(QUEUE_A, 0));
    machine.unmap();
    assertTrue(machine.file.isReleased());
  }

  @Test
  void release_thenUse_isUseAfterFree() throws ErrnoException {
    NativeMachine machine = withSources();
    Presenter presenter = machine.b.presenter();
    IoPage page = machine.vm.guestIo().esb().page(2 * IRQ);
    XiveNativeDevice device = (XiveNativeDevice) machine.file.device();
    machine.unmap();
    machine.file.close();

    assertThrows(UseAfterFree.class, presenter::serverNumber);
    assertThrows(UseAfterFree.class, () -> page.store(machine.a, 0, 8, 0));
    assertThrows(
        UseAfterFree.class,
        () -> device.setAttr(XiveUapi.KVM_DEV_XIVE_GRP_CTRL, 1, UserBuffer.unreadable()));
    assertEquals(3, Lifetime.reports().size());
  }

  @Test
  void release_debugfsFileStillOpen_readsFail() throws ErrnoException {
    NativeMachine machine = withSources();
    DebugfsFile debugfs = machine.vm.debugfs().open(machine.vm.debugfs().paths().get(0));
    machine.unmap();

    machine.file.close();

    assertErrno(Errno.EIO, debugfs::read);
  }

  @Test
  void release_passedThroughInterrupt_staysTheHosts() throws ErrnoException {
    NativeMachine machine = withSources();
    EsbSource hostSource = machine.host.defineSource(0x55, 0);
    machine.vm.setMapped(IRQ, 0x55);
    machine.unmap();

    machine.file.close();

    assertEquals(Pq.OFF, hostSource.loadManagement(EsbOffset.GET));
    assertEquals(0, machine.opal.allocatedIrqCount());
  }

  @Test
  void release_withoutDisablingQueues_hardwareWritesToAFreedPage() throws ErrnoException {
    NativeMachine machine =
        new NativeMachine(
            VmConfig.DEFAULT.withProtocol(ReleaseProtocol.GATED.without(Step.DISABLE_QUEUES)),
            new Xive.Builder().build());
    machine.withQueues();
    EsbSource source = machine.host.defineSource(0x66, 0);
    int vp = machine.a.camWord() & 0x7fff_ffff;
    assertEquals(OpalCode.SUCCESS, machine.opal.setIrqConfig(0x66, vp, 6, 9));
    source.loadManagement(EsbOffset.SET_PQ_00);
    machine.opal.setFaults(
        (call, argument) ->
            call == OpalCall.FREE_VP_BLOCK ? OpalCode.XIVE_FREE_ACTIVE : OpalCode.SUCCESS);
    machine.file.close();

    assertThrows(UseAfterFree.class, source::trigger);
    assertEquals(1, machine.opal.allocatedVpBlockCount(), "the firmware kept the block");
  }

  @Test
  void release_escalationFreedAfterTheVp_isReported() throws ErrnoException {
    NativeMachine machine =
        new NativeMachine(
            VmConfig.DEFAULT
                .withProtocol(ReleaseProtocol.GATED.moving(Step.DISABLE_VP, Step.FREE_ESCALATIONS))
                .without(KernelFix.ESB_ALL_ONES),
            new Xive.Builder().build());
    machine.withQueues();

    machine.file.close();

    assertEquals(2, machine.vm.stuckReports().size(), machine.vm.stuckReports().toString());
  }
}
