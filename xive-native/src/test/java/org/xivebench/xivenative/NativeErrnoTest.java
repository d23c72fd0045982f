package org.xivebench.xivenative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.xivenative.NativeMachine.QUEUE_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_A;
import static org.xivebench.xivenative.NativeMachine.SERVER_B;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.Vcpu;
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
  private static final UserBuffer MANY = UserBuffer.ofInt(16385);
  private static final UserBuffer BAD = UserBuffer.unreadable();

  private static final String BLOCKS = "KvmXive.srcBlocks";

  /** The block of VPs, once allocated, stays the device's. */
  private static final String[] VP_BLOCK = {
    "KvmXive.vpBase: -1 -> 2048",
    "Xive.opal.allocatedVps",
    "Xive.opal.vpBlockSizes",
    "Xive.nvts[2053]",
    "Xive.ends[164"
  };

  /**
   * What is left of a queue that was set up and then taken away: the END, zeroed, has no gather.
   */
  private static final String[] OFF = {
    "KvmXive.vm.vcpus[1].presenter.queues[3].escIrq",
    "KvmXive.vm.vcpus[1].presenter.queues[3].msk",
    "Xive.ends[16531].word0",
    "Xive.ends[16531].word4"
  };

  /** An entry of pass-through once used stays, without a route. */
  private static final String TABLE = "KvmXive.vm.passThrough.entries";

  private static final String MAX_BLOCK = "KvmXive.maxBlockId: none -> 1";

  private interface Call {
    void on(NativeMachine machine) throws ErrnoException;
  }

  /**
   * @param leaves what is changed all the same, as the kernel leaves it: starts of lines of {@link
   *     StateDump#changesTo}
   */
  private record Row(String name, Errno errno, Call setup, Call call, List<String> leaves) {
    Row(String name, Errno errno, Call setup, Call call) {
      this(name, errno, setup, call, List.of());
    }

    Row leaving(String... changes) {
      return new Row(name, errno, setup, call, List.of(changes));
    }

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
  private static final int OTHER_HOST_IRQ = 0x56;
  private static final Call PASSED =
      machine -> {
        ROUTED.on(machine);
        machine.host.defineSource(HOST_IRQ, 0);
        machine.host.defineSource(OTHER_HOST_IRQ, 0);
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
        set("CTRL 2^32 + 1", Errno.ENXIO, NOTHING, CTRL, (1L << 32) + 1, BAD),
        set("NR_SERVERS unreadable", Errno.EFAULT, NOTHING, CTRL, 3, BAD),
        set("NR_SERVERS unreadable, VPs there", Errno.EFAULT, QUEUES, CTRL, 3, BAD),
        set("NR_SERVERS 0", Errno.EINVAL, NOTHING, CTRL, 3, UserBuffer.ofInt(0)),
        set("NR_SERVERS beyond", Errno.EINVAL, NOTHING, CTRL, 3, MANY),
        set("NR_SERVERS negative", Errno.EINVAL, NOTHING, CTRL, 3, UserBuffer.ofInt(-1)),
        set("NR_SERVERS too late", Errno.EBUSY, QUEUES, CTRL, 3, UserBuffer.ofInt(16384)),
        set("NR_SERVERS beyond before too late", Errno.EINVAL, QUEUES, CTRL, 3, MANY),
        set("NR_SERVERS 0 before too late", Errno.EINVAL, QUEUES, CTRL, 3, UserBuffer.ofInt(0)));
  }

  static List<Row> sources() {
    return List.of(
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
        set(
                "SOURCE without interrupts, first of its block",
                Errno.ENXIO,
                failing(OpalCall.ALLOCATE_IRQ, ROUTED),
                SOURCE,
                1024,
                UserBuffer.ofLong(1))
            .leaving(BLOCKS + "[1]", MAX_BLOCK),
        set(
            "SOURCE unreadable before no interrupts",
            Errno.EFAULT,
            failing(OpalCall.ALLOCATE_IRQ, ROUTED),
            SOURCE,
            NEIGHBOUR,
            BAD),
        set("SOURCE unreadable, first of its block", Errno.EFAULT, ROUTED, SOURCE, 1024, BAD)
            .leaving(BLOCKS + "[1]", MAX_BLOCK),
        set("SOURCE short", Errno.EFAULT, ROUTED, SOURCE, IRQ, UserBuffer.ofInt(1)),
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
            "SOURCE_CONFIG priority 7, masked",
            Errno.EINVAL,
            ROUTED,
            SOURCE_CONFIG,
            IRQ,
            UserBuffer.ofLong(SourceConfigWord.MASKED.mask() | 7)),
        set(
            "SOURCE_CONFIG, server before queue",
            Errno.EINVAL,
            ROUTED,
            SOURCE_CONFIG,
            IRQ,
            config(2, NO_SERVER)),
        set(
            "SOURCE_CONFIG, no queue",
            Errno.EBUSY,
            ROUTED,
            SOURCE_CONFIG,
            IRQ,
            config(2, SERVER_A)),
        set(
            "SOURCE_CONFIG, no queue before firmware",
            Errno.EBUSY,
            failing(OpalCall.SET_IRQ_CONFIG, ROUTED),
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
        set("SOURCE_SYNC beyond", Errno.ENOENT, ROUTED, SOURCE_SYNC, NR_IRQS, BAD),
        set("SOURCE_SYNC 2^32 + 7", Errno.ENOENT, ROUTED, SOURCE_SYNC, (1L << 32) + IRQ, BAD),
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
        eq("EQ 2^32 bytes", Errno.EINVAL, SERVER_A, 6, EqConfig.fresh(32, 0)),
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
                "EQ state fails: no queue is left",
                Errno.EIO,
                failing(OpalCall.SET_QUEUE_STATE, QUEUES),
                machine -> machine.setEq(SERVER_B, 3, new EqConfig(1, 16, 0x90000, 0, 9)))
            .leaving(OFF),
        new Row(
            "EQ get, no server, before bad memory",
            Errno.ENOENT,
            QUEUES,
            m -> m.file.getAttr(EQ_CONFIG, EqIdWord.of((int) NO_SERVER, 6), BAD)),
        new Row(
            "EQ get, priority 7, before bad memory",
            Errno.EINVAL,
            QUEUES,
            m -> m.file.getAttr(EQ_CONFIG, EqIdWord.of(SERVER_A, 7), BAD)),
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
        new Row("get group 0", Errno.ENXIO, QUEUES, m -> m.file.getAttr(0, 1, BAD)),
        new Row("get group 6", Errno.ENXIO, QUEUES, m -> m.file.getAttr(6, 1, BAD)),
        new Row("get CTRL", Errno.ENXIO, QUEUES, m -> m.file.getAttr(CTRL, 3, BAD)),
        new Row("get SOURCE", Errno.ENXIO, ROUTED, m -> m.file.getAttr(SOURCE, IRQ, BAD)),
        new Row("get CONFIG", Errno.ENXIO, ROUTED, m -> m.file.getAttr(SOURCE_CONFIG, IRQ, BAD)),
        new Row("get SYNC", Errno.ENXIO, ROUTED, m -> m.file.getAttr(SOURCE_SYNC, IRQ, BAD)),
        new Row("has group 0", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(0, 1)),
        new Row("has CTRL 0", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(CTRL, 0)),
        new Row("has CTRL 4", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(CTRL, 4)),
        new Row("has SOURCE", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(SOURCE, NR_IRQS)),
        new Row("has CONFIG", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(SOURCE_CONFIG, NR_IRQS)),
        new Row("has SYNC", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(SOURCE_SYNC, NR_IRQS)),
        new Row("has group 6", Errno.ENXIO, NOTHING, m -> m.file.hasAttr(6, 0)),
        new Row("second device", Errno.EEXIST, ROUTED, m -> m.vm.createDevice(m.type).close()),
        new Row("mmap page 3", Errno.EINVAL, QUEUES, m -> m.file.mmap(3, 1).close()),
        new Row("mmap page 5", Errno.EINVAL, QUEUES, m -> m.file.mmap(5, 1).close()),
        new Row("mmap page -1", Errno.EINVAL, QUEUES, m -> m.file.mmap(-1, 1).close()),
        new Row("mmap page 1", Errno.EINVAL, QUEUES, m -> m.file.mmap(1, 1).close()),
        new Row("mmap TIMA, 5 pages", Errno.EINVAL, QUEUES, m -> m.file.mmap(0, 5).close()),
        new Row("mmap ESB, too many", Errno.EINVAL, QUEUES, m -> m.file.mmap(4, 0x200001).close()),
        new Row(
            "VP_STATE get, firmware fails",
            Errno.EIO,
            failing(OpalCall.GET_VP_STATE, QUEUES),
            m -> m.b.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE)),
        new Row("get no register", Errno.EINVAL, QUEUES, m -> noRegister(m.b)),
        new Row("set no register", Errno.EINVAL, QUEUES, m -> m.b.setOneReg(1, OneReg.of(1))),
        new Row("VP_STATE set, dispatched", Errno.EBUSY, RUN, NativeErrnoTest::setDispatched));
  }

  static List<Row> mappings() {
    return List.of(
        new Row("map nothing, missing source", Errno.EIO, ROUTED, m -> m.vm.setMapped(8, 0x4444)),
        new Row("map a missing source", Errno.EINVAL, PASSED, m -> m.vm.setMapped(8, HOST_IRQ))
            .leaving(TABLE),
        new Row("map, no block", Errno.EINVAL, PASSED, m -> m.vm.setMapped(0x8000, HOST_IRQ))
            .leaving(TABLE),
        new Row("map twice", Errno.EINVAL, PASSED, m -> m.vm.setMapped(IRQ, HOST_IRQ)),
        new Row("map another", Errno.EINVAL, PASSED, m -> m.vm.setMapped(IRQ, OTHER_HOST_IRQ)),
        new Row(
                "map, the firmware refuses the route",
                Errno.ENXIO,
                failing(OpalCall.SET_IRQ_CONFIG, m -> hostIrqAndSource(m)),
                m -> m.vm.setMapped(IRQ, HOST_IRQ))
            .leaving(TABLE),
        new Row("inject what is passed through", Errno.EINVAL, PASSED, m -> m.inject(IRQ)),
        new Row("inject a missing source", Errno.EINVAL, ROUTED, m -> m.inject(NEIGHBOUR)),
        new Row("inject, no block", Errno.EINVAL, ROUTED, m -> m.inject(5000)),
        new Row("unmap what the host has not", Errno.EIO, ROUTED, m -> m.vm.clrMapped(8, 0x4444)),
        new Row("unmap what is not", Errno.ENODEV, PASSED, m -> m.vm.clrMapped(8, HOST_IRQ)),
        new Row("unmap another", Errno.EINVAL, PASSED, m -> m.vm.clrMapped(IRQ, OTHER_HOST_IRQ)),
        new Row(
            "unmap, the host refuses",
            Errno.ENXIO,
            failing(OpalCall.SET_IRQ_CONFIG, PASSED),
            m -> m.vm.clrMapped(IRQ, HOST_IRQ)));
  }

  static List<Row> closed() {
    Call closed =
        m -> {
          ROUTED.on(m);
          m.map();
          m.file.close();
        };
    return List.of(
        new Row("set after close", Errno.EBADF, closed, m -> m.file.setAttr(CTRL, 1, BAD)),
        new Row("get after close", Errno.EBADF, closed, m -> m.getEq(SERVER_A, 6)),
        new Row("has after close", Errno.EBADF, closed, m -> m.file.hasAttr(CTRL, 1)),
        new Row("mmap after close", Errno.EBADF, closed, m -> m.file.mmap(0, 1).close()),
        new Row("connect after close", Errno.EBADF, closed, m -> m.connect(m.a, SERVER_A)));
  }

  private static void noRegister(Vcpu vcpu) throws ErrnoException {
    assertEquals(OneReg.of(0), vcpu.getOneReg(1));
  }

  private static void hostIrqAndSource(NativeMachine machine) throws ErrnoException {
    ROUTED.on(machine);
    machine.host.defineSource(HOST_IRQ, 0);
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

  private static Call enable(int capability, int flags, Object descriptor, long server) {
    return m -> m.a.enableCap(capability, flags, descriptor, server);
  }

  /** Connects A to the device of another VM on the same host. */
  private static void connectForeigner(NativeMachine machine) throws ErrnoException {
    NativeMachine other = new NativeMachine(VmConfig.DEFAULT, machine.host);
    other.file.connect(machine.a, KvmUapi.KVM_CAP_PPC_IRQ_XIVE, SERVER_A);
  }

  static List<Row> connects() {
    int cap = KvmUapi.KVM_CAP_PPC_IRQ_XIVE;
    return List.of(
        new Row("flags before descriptor", Errno.EINVAL, NOTHING, enable(cap, 1, null, 1 << 30)),
        new Row("another capability", Errno.EINVAL, NOTHING, enable(91, 0, null, 0)),
        new Row("no descriptor", Errno.EBADF, NOTHING, enable(cap, 0, null, 1 << 30)),
        new Row("no device's descriptor", Errno.EPERM, NOTHING, enable(cap, 0, "eventfd", 1 << 30)),
        new Row(
            "connect as XICS, before all else",
            Errno.EPERM,
            QUEUES,
            m -> m.a.enableCap(KvmUapi.KVM_CAP_IRQ_XICS, 0, m.file, 1 << 30)),
        new Row(
                "connect to another VM's, before all else",
                Errno.EPERM,
                QUEUES,
                NativeErrnoTest::connectForeigner)
            .leaving("Xive.partitionCount", "Xive.timaCount"),
        new Row("connect twice, before server", Errno.EBUSY, QUEUES, m -> m.connect(m.a, 1 << 30)),
        new Row("server out of range", Errno.EINVAL, m -> servers(m, 16), m -> m.connect(m.a, 16)),
        new Row(
            "server out of range, before no VPs",
            Errno.EINVAL,
            failing(OpalCall.ALLOCATE_VP_BLOCK, m -> servers(m, 16)),
            m -> m.connect(m.a, 16)),
        new Row(
                "connect, no VP info",
                Errno.EIO,
                failing(OpalCall.GET_VP_INFO, NOTHING),
                m -> m.connect(m.a, SERVER_A))
            .leaving(VP_BLOCK),
        new Row(
                "connect, the VP cannot be enabled",
                Errno.EIO,
                failing(OpalCall.SET_VP_INFO, NOTHING),
                m -> m.connect(m.a, SERVER_A))
            .leaving(VP_BLOCK),
        new Row("VP_STATE unconnected", Errno.ENXIO, NOTHING, m -> vpState(m.a)),
        new Row("VP_STATE set unconnected", Errno.ENXIO, NOTHING, m -> setVpState(m.a)),
        new Row(
            "no VPs",
            Errno.ENOSPC,
            failing(OpalCall.ALLOCATE_VP_BLOCK, NOTHING),
            m -> m.connect(m.a, SERVER_A)),
        new Row(
            "the VP is in use", Errno.EEXIST, m -> m.connect(m.a, 348), m -> m.connect(m.b, 2392)));
  }

  private static void servers(NativeMachine machine, int count) throws ErrnoException {
    machine.file.setAttr(CTRL, 3, UserBuffer.ofInt(count));
  }

  private static void vpState(Vcpu vcpu) throws ErrnoException {
    assertEquals(OneReg.of(0), vcpu.getOneReg(KvmUapi.KVM_REG_PPC_VP_STATE));
  }

  private static void setVpState(Vcpu vcpu) throws ErrnoException {
    vcpu.setOneReg(KvmUapi.KVM_REG_PPC_VP_STATE, OneReg.of(1));
  }

  @ParameterizedTest
  @MethodSource({"attributes", "sources", "queues", "others", "connects", "mappings", "closed"})
  void badCall_getsItsErrno_andChangesNothing(Row row) throws ErrnoException {
    NativeMachine machine = new NativeMachine();
    row.setup().on(machine);
    StateDump before = machine.dump(IRQ, NEIGHBOUR);

    ErrnoException refusal = assertThrows(ErrnoException.class, () -> row.call().on(machine));

    assertEquals(row.errno(), refusal.errno(), refusal.getMessage());
    List<String> changes = new ArrayList<>(before.changesTo(machine.dump(IRQ, NEIGHBOUR)));
    for (String expected : row.leaves()) {
      assertTrue(
          changes.removeIf(line -> line.startsWith(expected)),
          expected + ", not changed: " + String.join("\n", changes));
    }
    assertEquals(List.of(), changes);
  }

  @Test
  void dump_seesWhatCallsChange() throws ErrnoException {
    NativeMachine machine = new NativeMachine();
    ROUTED.on(machine);
    StateDump before = machine.dump(IRQ, NEIGHBOUR);

    machine.route(IRQ, SERVER_B, 4, 0x77);

    List<String> changes = before.changesTo(machine.dump(IRQ, NEIGHBOUR));
    assertTrue(changes.stream().anyMatch(line -> line.endsWith(".eisn: 4097 -> 119")));
    assertTrue(changes.stream().anyMatch(line -> line.endsWith(".actServer: 5 -> 18")));
    assertTrue(changes.stream().anyMatch(line -> line.contains(".eas: ")), changes.toString());
    assertTrue(changes.stream().anyMatch(line -> line.endsWith(".count: 0 -> 1")));
  }
}
