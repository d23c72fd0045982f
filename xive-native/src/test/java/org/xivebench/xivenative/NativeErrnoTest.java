package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.xivenative.NativeMachine.QUEUE_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.EqConfig;
import org.xivebench.kvm.uapi.EqIdWord;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.SourceConfigWord;
import org.xivebench.kvm.uapi.XiveUapi;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;

/**
 * A row for each check of the device: a bad call, the errno that it gets, and nothing is changed.
 * Rows that break two rules at once tell which check comes first.
 */
class NativeErrnoTest {
  private static final int CTRL = XiveUapi.KVM_DEV_XIVE_GRP_CTRL;
  private static final int SOURCE = XiveUapi.KVM_DEV_XIVE_GRP_SOURCE;
  private static final int SOURCE_CONFIG = XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_CONFIG;
  private static final int EQ_CONFIG = XiveUapi.KVM_DEV_XIVE_GRP_EQ_CONFIG;
  private static final int SOURCE_SYNC = XiveUapi.KVM_DEV_XIVE_GRP_SOURCE_SYNC;
  private static final int IRQ = 7;
  private static final int NEIGHBOUR = 8;
  private static final long NR_IRQS = 0x100000;
  private static final long NO_SERVER = 3;
  private static final UserBuffer BAD = UserBuffer.unreadable();

  private interface Call {
    void on(NativeMachine machine) throws ErrnoException;
  }

  private record Row(String name, Errno errno, Call setup, Call call) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final Call QUEUES = NativeMachine::withQueues;
  private static final Call NOTHING = machine -> {};
  private static final Call ROUTED =
      machine -> {
        machine.withQueues();
        machine.source(IRQ, 0);
        machine.route(IRQ, SERVER_A, 6, 0x1001);
      };

  private static final Call RUN =
      machine -> {
        machine.withQueues();
        assertTrue(machine.a.run(cpu -> {}, NoExits.INSTANCE));
      };
  private static final int HOST_IRQ = 0x55;
  private static final Call PASSED =
      machine -> {
        ROUTED.on(machine);
        machine.host.defineSource(HOST_IRQ, 0);
        machine.vm.setMapped(IRQ, HOST_IRQ);
      };

  private static Row set(String name, Errno errno, Call setup, int group, long attr, UserBuffer u) {
    return new Row(name, errno, setup, machine -> machine.file.setAttr(group, attr, u));
  }

  private static Row eq(String name, Errno errno, int server, int priority, EqConfig eq) {
    return new Row(name, errno, QUEUES, machine -> machine.setEq(server, priority, eq));
  }

  private static Call failing(OpalCall failing, Call setup) {
    return machine -> {
      setup.on(machine);
      machine.opal.setFaults(
          (call, argument) -> call == failing ? OpalCode.HARDWARE : OpalCode.SUCCESS);
    };
  }

  private static UserBuffer config(int priority, long server) {
    return UserBuffer.ofLong(SourceConfigWord.of(priority, (int) server, 0x2002));
  }

  static List<Row> attributes() {
    return List.of(
        set("group 0", Errno.ENXIO, NOTHING, 0, 1, BAD),
        set("group 6", Errno.ENXIO, NOTHING, 6, 1, BAD),
        set("CTRL 0", Errno.ENXIO, NOTHING, CTRL, 0, BAD),
        set("CTRL 4", Errno.ENXIO, NOTHING, CTRL, 4, BAD),
        set("NR_SERVERS unreadable", Errno.EFAULT, NOTHING, CTRL, 3, BAD),
        set("NR_SERVERS unreadable, VPs there", Errno.EFAULT, QUEUES, CTRL, 3, BAD),
        set("NR_SERVERS 0", Errno.EINVAL, QUEUES, CTRL, 3, UserBuffer.ofInt(0)),
        set("NR_SERVERS beyond", Errno.EINVAL, QUEUES, CTRL, 3, UserBuffer.ofInt(16385)),
        set("NR_SERVERS negative", Errno.EINVAL, QUEUES, CTRL, 3, UserBuffer.ofInt(-1)),
        set("NR_SERVERS too late", Errno.EBUSY, QUEUES, CTRL, 3, UserBuffer.ofInt(16384)),
        set("SOURCE beyond", Errno.E2BIG, NOTHING, SOURCE, NR_IRQS, BAD),
        set("SOURCE far beyond", Errno.E2BIG, NOTHING, SOURCE, -1, BAD),
        set("SOURCE unreadable", Errno.EFAULT, ROUTED, SOURCE, IRQ, BAD),
        set(
            "SOURCE without interrupts",
            Errno.ENXIO,
            failing(OpalCall.ALLOCATE_IRQ, ROUTED),
            SOURCE,
            NEIGHBOUR,
            UserBuffer.ofLong(1)),
        set("SOURCE_CONFIG, no block", Errno.ENOENT, QUEUES, SOURCE_CONFIG, IRQ, BAD),
        set("SOURCE_CONFIG beyond", Errno.ENOENT, ROUTED, SOURCE_CONFIG, NR_IRQS, BAD),
        set("SOURCE_CONFIG, no source", Errno.EINVAL, ROUTED, SOURCE_CONFIG, NEIGHBOUR, BAD),
        set("SOURCE_CONFIG unreadable", Errno.EFAULT, ROUTED, SOURCE_CONFIG, IRQ, BAD),
        set(
            "SOURCE_CONFIG priority 7 before server",
            Errno.EINVAL,
            ROUTED,
            SOURCE_CONFIG,
            IRQ,
            config(7, NO_SERVER)),
        set(
            "SOURCE_CONFIG, no server",
            Errno.EINVAL,
            ROUTED,
            SOURCE_CONFIG,
            IRQ,
            config(6, NO_SERVER)),
        set(
            "SOURCE_CONFIG, no queue",
            Errno.EBUSY,
            ROUTED,
            SOURCE_CONFIG,
            IRQ,
            config(2, SERVER_A)),
        set(
            "SOURCE_CONFIG, firmware refuses the route",
            Errno.ENXIO,
            failing(OpalCall.SET_IRQ_CONFIG, ROUTED),
            SOURCE_CONFIG,
            IRQ,
            config(4, SERVER_B)),
        set(
            "SOURCE_CONFIG, firmware refuses the mask",
            Errno.ENXIO,
            failing(OpalCall.SET_IRQ_CONFIG, ROUTED),
            SOURCE_CONFIG,
            IRQ,
            UserBuffer.ofLong(SourceConfigWord.MASKED.mask())),
        set("SOURCE_SYNC, no block", Errno.ENOENT, QUEUES, SOURCE_SYNC, IRQ, BAD),
        set("SOURCE_SYNC, no source", Errno.EINVAL, ROUTED, SOURCE_SYNC, NEIGHBOUR, BAD));
  }

  static List<Row> queues() {
    EqConfig good = EqConfig.fresh(16, QUEUE_A);
    long noEq = EqIdWord.of((int) NO_SERVER, 7);
    return List.of(
        set("EQ unreadable before server", Errno.EFAULT, QUEUES, EQ_CONFIG, noEq, BAD),
        set("EQ short before server", Errno.EFAULT, QUEUES, EQ_CONFIG, noEq, UserBuffer.ofSize(63)),
        eq("EQ server before priority", Errno.ENOENT, (int) NO_SERVER, 7, good),
        eq("EQ priority before flags", Errno.EINVAL, SERVER_A, 7, EqConfig.none()),
        eq("EQ flags 0", Errno.EINVAL, SERVER_A, 6, new EqConfig(0, 16, QUEUE_A, 1, 0)),
        eq("EQ flags 3", Errno.EINVAL, SERVER_A, 6, new EqConfig(3, 16, QUEUE_A, 1, 0)),
        eq("EQ 4 KiB", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(12, QUEUE_A)),
        eq("EQ 2 MiB", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(21, 0)),
        eq("EQ 16 MiB", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(24, 0)),
        eq("EQ 32 KiB", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(15, 0)),
        eq("EQ not aligned", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(16, 0x21000)),
        eq("EQ beyond RAM", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(16, 1 << 20)),
        eq("EQ negative address", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(16, -65536)),
        new Row(
            "EQ firmware fails",
            Errno.EIO,
            failing(OpalCall.SET_QUEUE_INFO, QUEUES),
            machine -> machine.setEq(SERVER_A, 6, EqConfig.fresh(16, 0x90000))),
        new Row(
            "EQ info fails",
            Errno.EIO,
            failing(OpalCall.GET_QUEUE_INFO, NativeMachine::connected),
            machine -> machine.setEq(SERVER_B, 3, good)),
        new Row(
            "EQ taken away, firmware fails",
            Errno.EIO,
            failing(OpalCall.SET_QUEUE_INFO, QUEUES),
            machine -> machine.setEq(SERVER_A, 6, EqConfig.none())),
        new Row(
            "EQ get, info fails",
            Errno.EIO,
            failing(OpalCall.GET_QUEUE_INFO, QUEUES),
            machine -> machine.getEq(SERVER_A, 6)),
        new Row(
            "EQ state fails",
            Errno.EIO,
            failing(OpalCall.SET_QUEUE_STATE, NativeMachine::connected),
            machine -> machine.setEq(SERVER_B, 3, new EqConfig(1, 16, QUEUE_A, 0, 9))),
        new Row("EQ get, no server", Errno.ENOENT, QUEUES, m -> m.getEq((int) NO_SERVER, 7)),
        new Row("EQ get, priority 7", Errno.EINVAL, QUEUES, m -> m.getEq(SERVER_A, 7)),
        new Row(
            "EQ get unreadable",
            Errno.EFAULT,
            QUEUES,
            m -> m.file.getAttr(EQ_CONFIG, EqIdWord.of(SERVER_A, 6), BAD)),
        new Row(
            "EQ get, firmware fails before copying",
            Errno.EIO,
            failing(OpalCall.GET_QUEUE_STATE, QUEUES),
            m -> m.file.getAttr(EQ_CONFIG, EqIdWord.of(SERVER_A, 6), BAD)));
  }

  static List<Row> others() {
    return List.of(
        new Row("get CTRL", Errno.ENXIO, QUEUES, m -> m.file.getAttr(CTRL, 3, BAD)),
        new Row("get SOURCE", Errno.ENXIO, ROUTED, m -> m.file.getAttr(SOURCE, IRQ, BAD)),
        new Row("has CTRL 0", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(CTRL, 0)),
        new Row("has CTRL 4", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(CTRL, 4)),
        new Row("has SOURCE", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(SOURCE, NR_IRQS)),
        new Row("has CONFIG", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(SOURCE_CONFIG, NR_IRQS)),
        new Row("has SYNC", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(SOURCE_SYNC, NR_IRQS)),
        new Row("has group 6", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(6, 0)),
        new Row("second device", Errno.EEXIST, ROUTED, m -> m.vm.createDevice(m.type).close()),
        new Row("connect twice", Errno.EBUSY, QUEUES, m -> m.connect(m.a, 1 << 30)),
        new Row("mmap page 1", Errno.EINVAL, QUEUES, m -> m.file.mmap(1, 1).close()),
        new Row("mmap TIMA, 5 pages", Errno.EINVAL, QUEUES, m -> m.file.mmap(0, 5).close()),
        new Row("mmap ESB, too many", Errno.EINVAL, QUEUES, m -> m.file.mmap(4, 0x200001).close()),
        new Row(
            "VP_STATE get, firmware fails",
            Errno.EIO,
            failing(OpalCall.GET_VP_STATE, QUEUES),
            m -> m.b.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE)),
        new Row("no register", Errno.EINVAL, QUEUES, m -> m.b.getOneReg(1)),
        new Row("VP_STATE set, dispatched", Errno.EBUSY, RUN, NativeErrnoTest::setDispatched),
        new Row("connect as XICS", Errno.EPERM, NOTHING, NativeErrnoTest::connectAsXics),
        new Row("connect another VM's", Errno.EPERM, NOTHING, NativeErrnoTest::connectForeigner),
        new Row("map nothing, missing source", Errno.EIO, ROUTED, m -> m.vm.setMapped(8, 0x4444)),
        new Row("map a missing source", Errno.EINVAL, PASSED, m -> m.vm.setMapped(8, HOST_IRQ)),
        new Row("map, no block", Errno.EINVAL, PASSED, m -> m.vm.setMapped(0x8000, HOST_IRQ)),
        new Row("map twice", Errno.EINVAL, PASSED, m -> m.vm.setMapped(IRQ, HOST_IRQ)),
        new Row("unmap what is not", Errno.ENODEV, ROUTED, m -> m.vm.clrMapped(IRQ, 0x4444)),
        new Row("unmap another", Errno.EINVAL, PASSED, m -> m.vm.clrMapped(IRQ, 0x4444)),
        new Row(
            "unmap, the host refuses",
            Errno.ENXIO,
            failing(OpalCall.SET_IRQ_CONFIG, PASSED),
            m -> m.vm.clrMapped(IRQ, HOST_IRQ)));
  }

  private static void setDispatched(NativeMachine machine) throws ErrnoException {
    ErrnoException[] refused = new ErrnoException[1];
    boolean ended =
        machine.a.run(
            cpu -> {
              try {
                // Its own thread is inside KVM_RUN here, so the mutex is held already.
                machine
                    .file
                    .device()
                    .setOneReg(machine.a, KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(1));
              } catch (ErrnoException e) {
                refused[0] = e;
              }
            },
            NoExits.INSTANCE);
    assertTrue(ended);
    if (refused[0] != null) {
      throw refused[0];
    }
  }

  private static void connectAsXics(NativeMachine machine) throws ErrnoException {
    machine.file.connect(machine.a, KvmUapi.KVM_CAP_IRQ_XICS, SERVER_A);
  }

  private static void connectForeigner(NativeMachine machine) throws ErrnoException {
    Vcpu foreigner = new Vm(VmConfig.DEFAULT, machine.host).createVcpu(0);
    machine.file.connect(foreigner, KvmUapi.KVM_CAP_PPC_IRQ_XIVE, SERVER_A);
  }

  static List<Row> connects() {
    return List.of(
        new Row("VP_STATE unconnected", Errno.ENXIO, NOTHING, m -> vpState(m.a)),
        new Row("VP_STATE set unconnected", Errno.ENXIO, NOTHING, m -> setVpState(m.a)),
        new Row(
            "packed id beyond NR_SERVERS",
            Errno.EINVAL,
            m -> m.file.setAttr(CTRL, 3, UserBuffer.ofInt(16)),
            m -> m.connect(m.a, 16)),
        new Row(
            "no VPs",
            Errno.ENOSPC,
            failing(OpalCall.ALLOCATE_VP_BLOCK, NOTHING),
            m -> m.connect(m.a, SERVER_A)),
        new Row(
            "the VP is in use", Errno.EEXIST, m -> m.connect(m.a, 348), m -> m.connect(m.b, 2392)));
  }

  private static void vpState(Vcpu vcpu) throws ErrnoException {
    assertEquals(OneReg.of(0), vcpu.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE));
  }

  private static void setVpState(Vcpu vcpu) throws ErrnoException {
    vcpu.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(1));
  }

  @ParameterizedTest
  @MethodSource({"attributes", "queues", "others", "connects"})
  void badCall_getsItsErrno_andChangesNothing(Row row) throws ErrnoException {
    NativeMachine machine = new NativeMachine();
    row.setup().on(machine);
    String before = machine.snapshot();

    ErrnoException refusal = assertThrows(ErrnoException.class, () -> row.call().on(machine));

    assertEquals(row.errno(), refusal.errno(), refusal.getMessage());
    assertEquals(before, machine.snapshot());
  }
}
