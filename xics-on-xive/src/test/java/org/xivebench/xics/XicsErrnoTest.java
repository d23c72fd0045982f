package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.Irqfd;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.xive.EsbSource;
import org.xivebench.xive.HostIrq;
import org.xivebench.xive.OpalCall;
import org.xivebench.xive.OpalCode;
import org.xivebench.xive.OpalFaults;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/** Each error of the control path: which one wins, and that nothing has changed. */
class XicsErrnoTest {
  private static final int SOURCES = XicsUapi.KVM_DEV_XICS_GRP_SOURCES;
  private static final int CTRL = XicsUapi.KVM_DEV_XICS_GRP_CTRL;
  private static final int NR_SERVERS = XicsUapi.KVM_DEV_XICS_NR_SERVERS;
  private static final int A = 0x1001;
  private static final int B = 0x1800;
  private static final int MASKED = 0x1801;

  private static final List<Integer> XICS_HYPERCALLS =
      List.of(Hcall.H_XIRR, Hcall.H_XIRR_X, Hcall.H_CPPR, Hcall.H_EOI, Hcall.H_IPI, Hcall.H_IPOLL);

  /** A call on a machine with two vCPUs and source {@link #A} at server 1, priority 5. */
  private interface Call {
    void on(XicsMachine machine) throws ErrnoException;
  }

  private record Row(String what, Errno expected, Call before, Call call) {
    Row(String what, Errno expected, Call call) {
      this(what, expected, machine -> {}, call);
    }

    @Override
    public String toString() {
      return what;
    }
  }

  private static void fail(XicsMachine machine, OpalCall call) {
    machine.host.opal().setFaults(failing(call));
  }

  private static OpalFaults failing(OpalCall call) {
    return (made, argument) -> made == call ? OpalCode.HARDWARE : OpalCode.SUCCESS;
  }

  private static UserBuffer word() {
    return UserBuffer.ofLong(XicsSourceWord.PRIORITY.of(3));
  }

  static Stream<Row> rows() {
    UserBuffer bad = UserBuffer.unreadable();
    return Stream.of(
        // connect
        new Row(
            "connect by the other capability",
            Errno.EPERM,
            m -> m.file.connect(m.vcpus.get(0), KvmUapi.KVM_CAP_PPC_IRQ_XIVE, 0)),
        new Row("connect a vCPU of another VM", Errno.EPERM, XicsErrnoTest::connectForeigner),
        new Row("connect twice", Errno.EBUSY, m -> m.connect(1)),
        new Row(
            "connect twice, with a server out of range",
            Errno.EBUSY,
            m -> m.file.connect(m.vcpus.get(1), KvmUapi.KVM_CAP_IRQ_XICS, -1)),
        new Row(
            "connect with the number of another",
            Errno.EEXIST,
            m -> m.vm.createVcpu(2),
            m -> m.file.connect(m.vm.vcpus().get(2), KvmUapi.KVM_CAP_IRQ_XICS, 1)),
        new Row(
            "connect with the number of another, no VP known",
            Errno.EEXIST,
            m -> m.vm.createVcpu(2),
            m -> {
              fail(m, OpalCall.GET_VP_INFO);
              m.file.connect(m.vm.vcpus().get(2), KvmUapi.KVM_CAP_IRQ_XICS, 0);
            }),
        // SOURCES
        new Row("set source 15", Errno.ENOENT, m -> m.file.setAttr(SOURCES, 15, bad)),
        new Row("set source 2^20", Errno.ENOENT, m -> m.file.setAttr(SOURCES, 1 << 20, bad)),
        new Row(
            "set source 2^32 + 16",
            Errno.ENOENT,
            m -> m.file.setAttr(SOURCES, (1L << 32) + 16, bad)),
        new Row(
            "set source from a bad address, no interrupt left",
            Errno.EFAULT,
            m -> fail(m, OpalCall.ALLOCATE_IRQ),
            m -> m.file.setAttr(SOURCES, 16, bad)),
        new Row(
            "set source again from a bad address",
            Errno.EFAULT,
            m -> m.file.setAttr(SOURCES, A, bad)),
        new Row(
            "set source from an address with 4 bytes",
            Errno.EFAULT,
            m -> m.file.setAttr(SOURCES, A, UserBuffer.ofSize(4))),
        new Row(
            "set source, no interrupt left",
            Errno.ENOMEM,
            m -> fail(m, OpalCall.ALLOCATE_IRQ),
            m -> m.file.setAttr(SOURCES, 16, word())),
        new Row("set source -1", Errno.ENOENT, m -> m.file.setAttr(SOURCES, -1, bad)),
        new Row("get source without a block", Errno.ENOENT, m -> m.getSource(0x8000)),
        new Row("get source that a block has not", Errno.ENOENT, m -> m.getSource(A + 1)),
        new Row("get source 2^20", Errno.ENOENT, m -> m.getSource(1 << 20)),
        new Row("get source -1", Errno.ENOENT, m -> m.file.getAttr(SOURCES, -1, bad)),
        new Row("get source to a bad address", Errno.EFAULT, m -> m.file.getAttr(SOURCES, A, bad)),
        new Row("has source 15", Errno.ENXIO, m -> m.file.hasAttr(SOURCES, 15)),
        new Row("has source 2^20", Errno.ENXIO, m -> m.file.hasAttr(SOURCES, 1 << 20)),
        // CTRL
        new Row("NR_SERVERS, bad", Errno.EFAULT, m -> m.file.setAttr(CTRL, NR_SERVERS, bad)),
        new Row(
            "NR_SERVERS 0",
            Errno.EINVAL,
            m -> m.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(0))),
        new Row(
            "NR_SERVERS 16385",
            Errno.EINVAL,
            m -> m.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(16385))),
        new Row(
            "NR_SERVERS when VPs are allocated",
            Errno.EBUSY,
            m -> m.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(4))),
        new Row("get NR_SERVERS", Errno.ENXIO, m -> m.file.getAttr(CTRL, NR_SERVERS, bad)),
        new Row("set CTRL 2", Errno.ENXIO, m -> m.file.setAttr(CTRL, 2, bad)),
        new Row("has CTRL 2", Errno.ENXIO, m -> m.file.hasAttr(CTRL, 2)),
        new Row("set group 3", Errno.ENXIO, m -> m.file.setAttr(3, A, bad)),
        new Row("get group 3", Errno.ENXIO, m -> m.file.getAttr(3, A, bad)),
        new Row("has group 3", Errno.ENXIO, m -> m.file.hasAttr(3, A)),
        new Row("mmap", Errno.ENODEV, m -> assertNull(m.file.mmap(0, 1))),
        // one_reg
        new Row("get VP_STATE", Errno.EPERM, m -> m.vcpus.get(1).getOneReg(vpState())),
        new Row(
            "set VP_STATE", Errno.EPERM, m -> m.vcpus.get(1).setOneReg(vpState(), OneReg.of(0))),
        new Row(
            "get ICP_STATE, not connected",
            Errno.ENXIO,
            m -> m.vm.createVcpu(2),
            m -> m.vm.vcpus().get(2).getOneReg(icpState())),
        new Row(
            "set ICP_STATE, not connected",
            Errno.ENXIO,
            m -> m.vm.createVcpu(2),
            m -> m.vm.vcpus().get(2).setOneReg(icpState(), OneReg.of(0))),
        // injection
        new Row("inject without a block", Errno.EINVAL, m -> m.device().setIrq(0x8000, 1)),
        new Row("inject where there is no source", Errno.EINVAL, m -> m.device().setIrq(A + 1, 1)),
        new Row(
            "inject a source that is passed through",
            Errno.EINVAL,
            m -> m.vm.setMapped(A, m.host.defineSource(0x40, 0).hwIrq()),
            m -> m.device().setIrq(A, 1)),
        new Row("inject -1", Errno.EINVAL, m -> m.device().setIrq(-1, 1)),
        new Row(
            "inject where there is no source, level 0",
            Errno.EINVAL,
            m -> m.device().setIrq(A + 1, 0)),
        new Row("map nothing", Errno.EIO, m -> m.vm.setMapped(0x8000, 0x40)),
        new Row(
            "map to a source that is not there",
            Errno.EINVAL,
            m -> m.vm.setMapped(0x8000, m.host.defineSource(0x40, 0).hwIrq())),
        new Row(
            "unmap what is not",
            Errno.ENODEV,
            m -> m.vm.clrMapped(A, m.host.defineSource(0x40, 0).hwIrq())),
        // RTAS
        new Row("set_xive without a block", Errno.EINVAL, m -> m.device().setXive(0x8000, 0, 5)),
        new Row("set_xive of no source", Errno.EINVAL, m -> m.device().setXive(A + 1, 0, 5)),
        new Row("set_xive priority 0x1ff", Errno.EINVAL, m -> m.device().setXive(A, 0, 0x1ff)),
        new Row(
            "set_xive without a block, queues not to be had",
            Errno.EIO,
            m -> fail(m, OpalCall.SET_QUEUE_INFO),
            m -> m.device().setXive(0x8000, 0, 3)),
        new Row(
            "set_xive 0xff without a block, queues not to be had",
            Errno.EINVAL,
            m -> fail(m, OpalCall.SET_QUEUE_INFO),
            m -> m.device().setXive(0x8000, 0, 0xff)),
        new Row("set_xive 2^20", Errno.EINVAL, m -> m.device().setXive(1 << 20, 0, 5)),
        new Row("set_xive -1", Errno.EINVAL, m -> m.device().setXive(-1, 0, 5)),
        new Row("get_xive without a block", Errno.EINVAL, m -> m.device().getXive(0x8000)),
        new Row("get_xive of no source", Errno.EINVAL, m -> m.device().getXive(A + 1)),
        new Row("get_xive -1", Errno.EINVAL, m -> m.device().getXive(-1)),
        new Row("int_off without a block", Errno.EINVAL, m -> m.device().intOff(0x8000)),
        new Row("int_off of no source", Errno.EINVAL, m -> m.device().intOff(A + 1)),
        new Row("int_off -1", Errno.EINVAL, m -> m.device().intOff(-1)),
        new Row("int_on without a block", Errno.EINVAL, m -> m.device().intOn(0x8000)),
        new Row("int_on of no source", Errno.EINVAL, m -> m.device().intOn(A + 1)),
        new Row("int_on -1", Errno.EINVAL, m -> m.device().intOn(-1)),
        new Row(
            "int_on of one never routed",
            Errno.EINVAL,
            m -> m.addSource(A + 2, false),
            m -> m.device().intOn(A + 2)));
  }

  private static long vpState() {
    return KvmUapi.KVM_REG_PPC_VP_STATE;
  }

  private static long icpState() {
    return KvmUapi.KVM_REG_PPC_ICP_STATE;
  }

  private static void connectForeigner(XicsMachine machine) throws ErrnoException {
    Vm other = new Vm(VmConfig.DEFAULT, machine.host);
    machine.file.connect(other.createVcpu(0), KvmUapi.KVM_CAP_IRQ_XICS, 0);
  }

  /**
   * Source {@link #A} is in service and has fired again, an IPI is asked for, one more waits in a
   * queue, one is masked and has fired: of each thing that there is, something to lose.
   */
  private static void makeBusy(XicsMachine machine) throws ErrnoException {
    machine.addMsi(A, 1, 5);
    machine.addMsi(B, 0, 4);
    machine.addMsi(MASKED, 0, 6);
    machine.device().intOff(MASKED);
    machine.inGuest(
        cpus -> {
          cpus[0].hcall(Hcall.H_CPPR, 0xff);
          cpus[1].hcall(Hcall.H_CPPR, 0xff);
          machine.vm.irqLine(A, 1);
          assertEquals(0xff000000L | A, XicsMachine.xirr(cpus[1]));
          machine.vm.irqLine(A, 1);
          machine.vm.irqLine(B, 1);
          machine.vm.irqLine(MASKED, 1);
          cpus[0].hcall(Hcall.H_IPI, 1, 2);
        });
  }

  @ParameterizedTest
  @MethodSource("rows")
  void badRequest_failsAndChangesNothing(Row row) throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      makeBusy(machine);
      row.before().on(machine);
      String before = machine.snapshot();

      ErrnoException refused = assertThrows(ErrnoException.class, () -> row.call().on(machine));

      assertEquals(row.expected(), refused.errno());
      machine.host.opal().setFaults(OpalFaults.NONE);
      assertEquals(before, machine.snapshot());
      machine.setSource(0x8010, XicsSourceWord.PRIORITY.of(4));
      assertEquals(4, machine.device().getXive(0x8010).priority(), "and it still works");
    }
  }

  // ---- what leaves something behind on purpose

  @Test
  void setXive_unknownServer_isEinvalAndUnmasksAllTheSame() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.device().intOff(A);
      assertErrno(Errno.EINVAL, () -> machine.device().setXive(A, 9, 3));
      assertEquals(1, machine.source(A).actServer);
      assertEquals(5, machine.source(A).actPriority);
      assertEquals(3, machine.device().getXive(A).priority());
    }
  }

  @Test
  void setXive_unknownServerWhenMaskingOneNeverRouted_succeeds() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addSource(A, false);
      machine.device().setXive(A, 9, 0xff);
      assertEquals(0xff, machine.device().getXive(A).priority());
    }
  }

  @Test
  void intOn_neverRouted_isEinval() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addSource(A, false);
      assertErrno(Errno.EINVAL, () -> machine.device().intOn(A));
    }
  }

  @Test
  void setXive_queueFull_takesAnotherServerThenIsEbusy() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      int room = machine.presenter(1).queue(5).msk + 1 - 2;
      machine.presenter(1).queue(5).count.set(room);
      machine.addMsi(A + 1, 0, 3);
      machine.device().setXive(A + 1, 1, 5);
      assertEquals(0, machine.device().getXive(A + 1).server(), "as it could not have 1");
      machine.presenter(0).queue(5).count.set(room);
      machine.addMsi(A + 2, 1, 3);
      assertErrno(Errno.EBUSY, () -> machine.device().setXive(A + 2, 1, 5));
      assertEquals(3, machine.source(A + 2).actPriority);
    }
  }

  @Test
  void setXive_firmwareRefusesTheRoute_isEnxio() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      fail(machine, OpalCall.SET_IRQ_CONFIG);
      assertErrno(Errno.ENXIO, () -> machine.device().setXive(A, 0, 5));
      machine.host.opal().setFaults(OpalFaults.NONE);
      assertEquals(1, machine.source(A).actServer, "it keeps its route");
      assertEquals(0, machine.presenter(0).queue(5).count.get(), "and takes no room elsewhere");
      assertEquals(0, machine.presenter(1).queue(5).pendingCount.get());
    }
  }

  @Test
  void rtasCall_anyError_isParameterError() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(
          cpus -> {
            for (RtasService service : RtasService.values()) {
              int[] arguments = new int[service.argumentCount()];
              arguments[0] = 0x8000;
              assertEquals(-3, XicsMachine.rtas(cpus[1], service, arguments)[0]);
              int[] tooMany = new int[service.argumentCount() + 1];
              assertEquals(-3, XicsMachine.rtas(cpus[1], service, tooMany)[0]);
            }
          });
    }
  }

  @Test
  void clrMapped_hostRefuses_goesOnAsItWas() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      EsbSource hostSource = machine.host.defineSource(0x40, 0);
      machine.vm.setMapped(A, 0x40);
      fail(machine, OpalCall.SET_IRQ_CONFIG);
      assertErrno(Errno.ENXIO, () -> machine.vm.clrMapped(A, 0x40));
      machine.host.opal().setFaults(OpalFaults.NONE);
      assertEquals(5, machine.device().getXive(A).priority());
      hostSource.trigger();
      machine.inGuest(
          cpus -> {
            long unusedCode = cpus[1].hcall(Hcall.H_CPPR, 0xff);
            assertEquals(0xff000000L | A, XicsMachine.xirr(cpus[1]));
          });
    }
  }

  // ---- hypercalls

  @Test
  void hypercalls_ofWhatIsNotThere_areParameterErrors() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      machine.inGuest(
          cpus -> {
            long noServer = 7;
            assertEquals(Hcall.H_PARAMETER, cpus[1].hcall(Hcall.H_IPI, noServer, 4));
            assertEquals(Hcall.H_PARAMETER, cpus[1].hcall(Hcall.H_IPOLL, noServer));
            assertEquals(Hcall.H_PARAMETER, cpus[1].hcall(Hcall.H_EOI, 0xff008000L));
            assertEquals(0xff, machine.presenter(1).mfrr);
            assertEquals(0xff, machine.presenter(0).mfrr);
            assertEquals(0xff, machine.presenter(1).cppr, "H_EOI has set it all the same");
            assertEquals(Pq.RESET, machine.pq(A));
          });
    }
  }

  @Test
  void hypercalls_toUnknownServers_changeNothingButTheCallersCounters() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      makeBusy(machine);
      machine.inGuest(
          cpus -> {
            String before = machine.snapshot();
            XicsVcpu xc = machine.presenter(1);
            long ipis = xc.statIpi;
            assertEquals(Hcall.H_PARAMETER, cpus[1].hcall(Hcall.H_IPI, 7, 0));
            assertEquals(Hcall.H_PARAMETER, cpus[1].hcall(Hcall.H_IPOLL, 7));
            assertEquals(7, cpus[1].vcpu().gpr(4), "no answer");
            assertEquals(before, machine.snapshot());
            assertEquals(ipis + 1, xc.statIpi);
            assertEquals(1, xc.statIpoll);
          });
    }
  }

  @Test
  void hypercalls_ofAVcpuThatIsNotConnected_goToTheVmm() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      List<Integer> exits = new ArrayList<>();
      boolean ended =
          machine
              .vm
              .createVcpu(1)
              .run(
                  cpu -> {
                    for (int opcode : XICS_HYPERCALLS) {
                      assertEquals(Hcall.H_HARDWARE, cpu.hcall(opcode));
                    }
                  },
                  XicsMachine.exitsTo(
                      opcode -> {
                        exits.add(opcode);
                        return Hcall.H_HARDWARE;
                      }));
      assertTrue(ended);
      assertEquals(XICS_HYPERCALLS, exits);
    }
  }

  // ---- RTAS tokens

  @Test
  void defineToken_errors_leaveTheTableAlone() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      assertErrno(Errno.EEXIST, () -> machine.vm.defineRtasToken("ibm,int-on", 0x2000));
      assertErrno(Errno.EEXIST, () -> machine.vm.defineRtasToken("no,such", 0x2000));
      assertErrno(Errno.ENOENT, () -> machine.vm.defineRtasToken("no,such", 0x3000));
      machine.vm.defineRtasToken("no,such", 0);
      machine.inGuest(
          cpus -> assertEquals(0, XicsMachine.rtas(cpus[0], RtasService.GET_XIVE, A)[0]));
    }
  }

  // ---- injection

  private record Injected(boolean lsi, int level, boolean asserted, int pq) {}

  static Stream<Injected> levels() {
    return Stream.of(
        new Injected(false, 1, false, Pq.PENDING),
        new Injected(false, 0, false, Pq.RESET),
        new Injected(false, KvmUapi.KVM_INTERRUPT_SET, false, Pq.PENDING),
        new Injected(false, KvmUapi.KVM_INTERRUPT_SET_LEVEL, true, Pq.PENDING),
        new Injected(false, KvmUapi.KVM_INTERRUPT_UNSET, false, Pq.RESET),
        new Injected(true, 1, true, Pq.PENDING),
        new Injected(true, 0, false, Pq.RESET),
        new Injected(true, KvmUapi.KVM_INTERRUPT_SET, false, Pq.PENDING),
        new Injected(true, KvmUapi.KVM_INTERRUPT_SET_LEVEL, true, Pq.PENDING),
        new Injected(true, KvmUapi.KVM_INTERRUPT_UNSET, false, Pq.RESET));
  }

  @ParameterizedTest
  @MethodSource("levels")
  void irqLine_ofEachLevel_setsTheLevelAndTriggers(Injected row) throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addSource(A, row.lsi());
      machine.device().setXive(A, 1, 5);
      assertEquals(0, machine.vm.irqLine(A, row.level()));
      assertEquals(row.asserted(), machine.source(A).asserted);
      assertEquals(row.pq(), machine.pq(A));
    }
  }

  @Test
  void irqfd_ofAnMsi_triggersUntilDeassigned() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addMsi(A, 1, 5);
      Irqfd irqfd = machine.vm.assignIrqfd("eventfd", A, false);
      assertErrno(Errno.EBUSY, () -> machine.vm.assignIrqfd("eventfd", A + 1, false));
      irqfd.signal();
      assertEquals(Pq.PENDING, machine.pq(A));
      irqfd.deassign();
      irqfd.signal();
      assertEquals(Pq.PENDING, machine.pq(A), "not signalled any more");
      Irqfd ofNoSource = machine.vm.assignIrqfd("eventfd", 0x8000, false);
      ofNoSource.signal();
    }
  }

  @Test
  void irqfd_ofAnLsi_keepsItAssertedUntilItIsAcknowledged() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.addSource(A, true);
      machine.device().setXive(A, 1, 5);
      Irqfd irqfd = machine.vm.assignIrqfd("eventfd", A, true);
      irqfd.signal();
      machine.inGuest(
          cpus -> {
            long unusedCode = cpus[1].hcall(Hcall.H_CPPR, 0xff);
            assertEquals(0xff000000L | A, XicsMachine.xirr(cpus[1]));
            long unusedEnded = cpus[1].hcall(Hcall.H_EOI, 0xff000000L | A);
            assertEquals(0xff000000L | A, XicsMachine.xirr(cpus[1]), "its line is still up");
            irqfd.acknowledge();
            long unusedEndedAgain = cpus[1].hcall(Hcall.H_EOI, 0xff000000L | A);
            assertFalse(machine.source(A).asserted);
            assertEquals(Pq.RESET, machine.pq(A));
          });
    }
  }

  @Test
  void irqfd_withoutController_isEagain() {
    Vm vm = new Vm(VmConfig.DEFAULT, new Xive.Builder().build());
    assertErrno(Errno.EAGAIN, () -> vm.assignIrqfd("eventfd", A, false));
  }

  @Test
  void setOneReg_whileDispatched_isEio() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(2)) {
      machine.inGuest(
          cpus -> {
            // Its own thread is inside KVM_RUN here, so the mutex is held already.
            XicsDevice device = machine.device();
            assertErrno(
                Errno.EIO,
                () -> device.setOneReg(machine.vcpus.get(1), icpState(), OneReg.of(-1L)));
            assertEquals(0, machine.presenter(1).cppr);
          });
    }
  }

  // ---- connect

  private enum Stage {
    SERVER_OUT_OF_RANGE(Errno.EINVAL, OpalCall.ALLOCATE_VP_BLOCK, 5, false),
    NO_VPS(Errno.ENOSPC, OpalCall.ALLOCATE_VP_BLOCK, 1, false),
    VP_UNKNOWN(Errno.EIO, OpalCall.GET_VP_INFO, 1, true),
    NO_IPI(Errno.EIO, OpalCall.ALLOCATE_IRQ, 1, true),
    IPI_UNKNOWN(Errno.EINVAL, OpalCall.GET_IRQ_INFO, 1, true),
    VP_REFUSED(Errno.EIO, OpalCall.SET_VP_INFO, 1, true),
    QUEUE_UNKNOWN(Errno.EIO, OpalCall.GET_QUEUE_INFO, 1, true),
    QUEUE_REFUSED(Errno.EIO, OpalCall.SET_QUEUE_INFO, 1, true),
    ROUTE_REFUSED(Errno.ENXIO, OpalCall.SET_IRQ_CONFIG, 1, true);

    final Errno expected;
    final OpalCall failing;
    final int server;
    final boolean publishes;

    Stage(Errno expected, OpalCall failing, int server, boolean publishes) {
      this.expected = expected;
      this.failing = failing;
      this.server = server;
      this.publishes = publishes;
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  void connect_refused_leavesTheVcpuAsItWas(Stage stage) throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(0)) {
      machine.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(4));
      Vcpu vcpu = machine.vm.createVcpu(1);
      machine.host.opal().setFaults(failing(stage.failing));
      assertErrno(
          stage.expected, () -> machine.file.connect(vcpu, KvmUapi.KVM_CAP_IRQ_XICS, stage.server));
      machine.host.opal().setFaults(OpalFaults.NONE);
      assertEquals(IrqType.DEFAULT, vcpu.irqType());
      assertNull(vcpu.presenter());
      assertEquals(0, vcpu.camWord());
      assertNull(vcpu.escEsb());
      assertEquals(0, machine.host.opal().allocatedIrqCount());
      machine.file.connect(vcpu, KvmUapi.KVM_CAP_IRQ_XICS, 1);
      assertEquals(IrqType.XICS, vcpu.irqType());
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.class)
  void connect_refusedBeforeV6_leavesHalfAPresenter(Stage stage) throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(0, KernelVersion.V510, new Xive.Builder().build())) {
      machine.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(4));
      Vcpu vcpu = machine.vm.createVcpu(1);
      machine.host.opal().setFaults(failing(stage.failing));
      assertErrno(
          stage.expected, () -> machine.file.connect(vcpu, KvmUapi.KVM_CAP_IRQ_XICS, stage.server));
      machine.host.opal().setFaults(OpalFaults.NONE);
      assertEquals(IrqType.DEFAULT, vcpu.irqType());
      if (stage.publishes) {
        assertNotNull(vcpu.presenter());
        assertErrno(Errno.EEXIST, () -> machine.file.connect(vcpu, KvmUapi.KVM_CAP_IRQ_XICS, 1));
      }
    }
  }

  @Test
  void connect_escalationTaken_isEbusyAndLeavesTheVcpuAsItWas() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      int escalation = machine.presenter(0).escalation(0).hwIrq();
      machine.file.close();
      HostIrq taken = machine.host.requestHostIrq(escalation, "taken", () -> {});
      assertNotNull(taken);
      machine.create();
      assertErrno(Errno.EBUSY, () -> machine.connect(0));
      assertEquals(IrqType.DEFAULT, machine.vcpus.get(0).irqType());
      assertNull(machine.vcpus.get(0).presenter());
      assertEquals(0, machine.host.opal().allocatedIrqCount());
      taken.free(true);
      machine.connect(0);
      assertEquals(IrqType.XICS, machine.vcpus.get(0).irqType());
    }
  }

  /** What Linux leaves behind, see docs/decisions.md. */
  @Test
  void connect_refusedBeforeV6_whatIsLeftIsReachedAndReleaseSkipsIt() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V510, new Xive.Builder().build())) {
      Vcpu half = machine.vm.createVcpu(1);
      machine.vcpus.add(half);
      fail(machine, OpalCall.ALLOCATE_IRQ);
      assertErrno(Errno.EIO, () -> machine.connect(1));
      machine.host.opal().setFaults(OpalFaults.NONE);

      half.setOneReg(icpState(), OneReg.of(0xff00_0000_0500_0000L));
      assertEquals(0xff00_0000_05ff_0000L, half.getOneReg(icpState()).first());
      machine.inGuest(
          cpus -> {
            assertEquals(Hcall.H_SUCCESS, cpus[0].hcall(Hcall.H_IPI, 1, 4));
            assertEquals(4, machine.presenter(1).mfrr);
            assertTrue(half.isPushed(), "its VP is pushed although its type is DEFAULT");
          });
      machine.file.close();
      assertNotNull(half.presenter());
      assertErrno(Errno.ENOENT, () -> half.setOneReg(icpState(), OneReg.of(0)));
      assertNull(machine.vcpus.get(0).presenter());
    }
  }

  @Test
  void everyCall_onAClosedDescriptor_isEbadf() throws ErrnoException {
    XicsMachine machine = new XicsMachine(0);
    Vcpu vcpu = machine.vm.createVcpu(0);
    machine.file.close();
    assertErrno(Errno.EBADF, () -> machine.file.connect(vcpu, KvmUapi.KVM_CAP_IRQ_XICS, 0));
    assertErrno(Errno.EBADF, () -> machine.file.setAttr(SOURCES, A, word()));
    assertErrno(Errno.EBADF, () -> machine.file.getAttr(SOURCES, A, word()));
    assertErrno(Errno.EBADF, () -> machine.file.hasAttr(SOURCES, A));
    assertErrno(Errno.EBADF, () -> assertNull(machine.file.mmap(0, 1)));
    assertErrno(Errno.ENXIO, () -> machine.vm.irqLine(A, 1));
  }

  @Test
  void hasAttr_ofWhatThereIs_succeeds() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(0)) {
      machine.file.hasAttr(SOURCES, 16);
      machine.file.hasAttr(SOURCES, 0xfffff);
      machine.file.hasAttr(CTRL, NR_SERVERS);
    }
  }

  @Test
  void nrServers_beforeV55_isEnxio() throws ErrnoException {
    Xive host = new Xive.Builder().build();
    try (XicsMachine machine = new XicsMachine(0, KernelVersion.V54, host)) {
      UserBuffer bad = UserBuffer.unreadable();
      assertErrno(Errno.ENXIO, () -> machine.file.setAttr(CTRL, NR_SERVERS, bad));
      assertErrno(Errno.ENXIO, () -> machine.file.hasAttr(CTRL, NR_SERVERS));
    }
  }

  @Test
  void nrServers_largest_isTakenAsWhatTheHostHas() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(0)) {
      machine.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(16384));
      machine.file.connect(machine.vm.createVcpu(0), KvmUapi.KVM_CAP_IRQ_XICS, 0);
      assertErrno(
          Errno.EBUSY, () -> machine.file.setAttr(CTRL, NR_SERVERS, UserBuffer.ofInt(16384)));
    }
  }

  @Test
  void connect_numbersThatPackToOne_areEexist() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.file.connect(machine.vm.createVcpu(348), KvmUapi.KVM_CAP_IRQ_XICS, 348);
      Vcpu other = machine.vm.createVcpu(2392);
      assertErrno(Errno.EEXIST, () -> machine.file.connect(other, KvmUapi.KVM_CAP_IRQ_XICS, 2392));
      assertEquals(IrqType.DEFAULT, other.irqType());
    }
  }

  // ---- create

  @Test
  void create_second_isEexistAndLeavesTheFirst() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      assertErrno(Errno.EEXIST, () -> createAnother(machine));
      assertEquals(5, machine.device().getXive(A).priority());
    }
  }

  @Test
  void create_withoutVpsBeforeV55_isEnomem() {
    for (KernelVersion kernel : new KernelVersion[] {KernelVersion.PRE, KernelVersion.V54}) {
      Xive host = new Xive.Builder().build();
      host.opal().setFaults(failing(OpalCall.ALLOCATE_VP_BLOCK));
      Vm vm = new Vm(VmConfig.DEFAULT.withKernel(kernel), host);
      assertErrno(Errno.ENOMEM, () -> assertNull(vm.createDevice(new XicsDeviceType())));
      host.opal().setFaults(OpalFaults.NONE);
      // Until Linux e7d71c943040 the controller that could not be made stays for ever.
      assertErrno(Errno.EEXIST, () -> assertNull(vm.createDevice(new XicsDeviceType())));
    }
  }

  @Test
  void create_secondIn2019_emptiesTheFirstAndLosesVps() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V52, new Xive.Builder().build())) {
      machine.addMsi(A, 0, 5);
      assertErrno(Errno.EEXIST, () -> createAnother(machine));
      assertErrno(Errno.EINVAL, () -> machine.device().getXive(A));
      assertEquals(2, machine.host.opal().allocatedVpBlockCount());
    }
  }

  private static void createAnother(XicsMachine machine) throws ErrnoException {
    DeviceFile unexpected = machine.vm.createDevice(new XicsDeviceType());
    unexpected.close();
  }

  private static void assertErrno(Errno expected, Executable call) {
    assertEquals(expected, assertThrows(ErrnoException.class, call).errno());
  }
}
