package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.debugfs.DebugfsFile;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.xive.Pq;
import org.xivebench.xive.Xive;

/**
 * The text of the device's debugfs file, to the character.
 *
 * <p>Where the numbers come from: the host gives VPs from 0x800 and interrupts from 0x100000 on;
 * ENDs are eight to a VP, so those of VP 0x800 begin at 0x4000; an escalation's number is its END's
 * with bit 24 set (16793607 = 0x1004007), and of a single one its END is that of priority 7.
 */
class XicsDebugfsTest {
  private static final int MSI = 0x1001;
  private static final int LSI = 0x1002;
  private static final int RAISED = 0x1003;
  private static final int MAPPED = 0x1004;
  private static final int HOST_IRQ = 0x40;

  private static String read(XicsMachine machine) throws ErrnoException {
    assertEquals(1, machine.vm.debugfs().paths().size());
    return machine.vm.debugfs().open(machine.vm.debugfs().paths().get(0)).read();
  }

  /** Server 1 has taken an MSI and is sent an IPI; one more MSI waits at server 0. */
  private static XicsMachine busyMachine(KernelVersion kernel, Xive host) throws ErrnoException {
    XicsMachine machine = new XicsMachine(2, kernel, host);
    machine.addMsi(MSI, 1, 5);
    machine.addMsi(0x2040, 0, 0);
    machine.inGuest(
        cpus -> {
          cpus[0].hcall(Hcall.H_CPPR, 0xff);
          cpus[1].hcall(Hcall.H_CPPR, 0xff);
          machine.vm.irqLine(MSI, 1);
          assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
          machine.vm.irqLine(0x2040, 1);
          cpus[0].hcall(Hcall.H_IPI, 1, 4);
          cpus[0].hcall(Hcall.H_IPOLL, 0);
          cpus[0].hcall(Hcall.H_EOI, 0xff000000L);
          cpus[0].hcall(Hcall.H_EOI, 0xff800000L);
        });
    return machine;
  }

  @Test
  void v510_isAsTheKernelWritesIt() throws ErrnoException {
    try (XicsMachine machine = busyMachine(KernelVersion.V510, new Xive.Builder().build())) {
      assertEquals(
          """
          =========
          VCPU state
          =========
          cpu server 0 VP:0x800 CPPR:0xff HWCPPR:0xff MFRR:0xff PEND:0 h_xirr: R=0 V=0
           [q0]: T=0 80002040 00000000...
          E:pQ I(16793607:1:40070000)
           [q5]: T=0 00000000 00000000...
          cpu server 0x1 VP:0x801 CPPR:0x5 HWCPPR:0x5 MFRR:0x4 PEND:0x20 h_xirr: R=0 V=1
           [q0]: T=0 80000002 00000000...
          E:pQ I(16793615:1:400f0000)
           [q5]: T=0 00000000 00000000...
          Hcalls totals
           H_XIRR  R=         0 V=         1
           H_IPOLL R=         0 V=         1
           H_CPPR  R=         0 V=         2
           H_EOI   R=         0 V=         2
           H_IPI   R=         0 V=         1
          """,
          read(machine));
    }
  }

  @Test
  void v54_hasNoVp() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V54, new Xive.Builder().build())) {
      assertEquals(
          "cpu server 0 CPPR:0 HWCPPR:0 MFRR:0xff PEND:0 h_xirr: R=0 V=0",
          read(machine).lines().skip(3).findFirst().orElseThrow());
    }
  }

  @Test
  void v510_escalationOfEachPriority_standsBehindItsQueue() throws ErrnoException {
    Xive host = new Xive.Builder().singleEscalation(false).build();
    try (XicsMachine machine = new XicsMachine(1, KernelVersion.V510, host)) {
      machine.addMsi(MSI, 0, 5);
      assertEquals(
          """
          =========
          VCPU state
          =========
          cpu server 0 VP:0x800 CPPR:0 HWCPPR:0 MFRR:0xff PEND:0 h_xirr: R=0 V=0
           [q0]: E:pq I(16793600:0:40000000)
           [q5]: T=0 00000000 00000000...
          E:pq I(16793605:0:40050000)
          Hcalls totals
           H_XIRR  R=         0 V=         0
           H_IPOLL R=         0 V=         0
           H_CPPR  R=         0 V=         0
           H_EOI   R=         0 V=         0
           H_IPI   R=         0 V=         0
          """,
          read(machine));
      machine.vm.irqLine(MSI, 1);
      assertEquals(
          """
           [q5]: T=0 80001001 00000000...
          E:pq I(16793605:0:40050000)
          """,
          read(machine)
              .lines()
              .skip(5)
              .limit(2)
              .map(line -> line + "\n")
              .reduce("", String::concat),
          "it has escalated, and the host has handled that and ended it");
    }
  }

  @Test
  void v6_isAsTheKernelWritesIt() throws ErrnoException {
    try (XicsMachine machine = busyMachine(KernelVersion.V6, new Xive.Builder().build())) {
      machine.addSource(LSI, true);
      machine.addSource(RAISED, true);
      machine.device().setXive(RAISED, 1, 6);
      machine.device().intOff(RAISED);
      machine.vm.irqLine(RAISED, 1);
      machine.addMsi(MAPPED, 0, 3);
      machine.vm.setMapped(MAPPED, machine.host.defineSource(HOST_IRQ, 0).hwIrq());
      String sources =
          """
          00001001  00100002/00  MSI IPI  P-  00000000     1/5
          00001002  00100004/00  LSI IPI  P-  00000000     0/255
          00001003  00100005/00 ^LSI IPI  PQ  00000000     1/6
          00001004  00000040/00  MSI  PT  --  00000000     0/3
          00002040  00100003/00  MSI IPI  P-  00000000     0/0
          """;
      assertEquals(Pq.PENDING, machine.pq(MSI));
      assertEquals(
          """
          =========
          VCPU state
          =========
          VCPU 0: VP:0x800/00
              CPPR:0xff HWCPPR:0xff MFRR:0xff PEND:0 h_xirr: R=0 V=0
              q[0]: T=0 80002040 00000000...
              ESC 16793607 -Q EOI @40070000
              q[3]: T=0 00000000 00000000...
              q[5]: T=0 00000000 00000000...
              q[6]: T=0 00000000 00000000...
          VCPU 1: VP:0x801/00
              CPPR:0x5 HWCPPR:0x5 MFRR:0x4 PEND:0x20 h_xirr: R=0 V=1
              q[0]: T=0 80000002 00000000...
              ESC 16793615 -Q EOI @400f0000
              q[3]: T=0 00000000 00000000...
              q[5]: T=0 00000000 00000000...
              q[6]: T=0 00000000 00000000...
          Hcalls totals
           H_XIRR  R=         0 V=         1
           H_IPOLL R=         0 V=         1
           H_CPPR  R=         0 V=         2
           H_EOI   R=         0 V=         2
           H_IPI   R=         0 V=         1
          =========
          Sources
          =========
          LISN      HW/CHIP    TYPE      PQ  EISN      CPU/PRIO
          """
              + sources,
          read(machine));
    }
  }

  @Test
  void queueThatHasWrapped_showsItsToggleAndItsLastTwoEntries() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(MSI, 0, 5);
      machine.inGuest(
          cpus -> {
            cpus[0].hcall(Hcall.H_CPPR, 0xff);
            int entries = machine.presenter(0).queue(5).msk + 1;
            for (int i = 0; i < entries; i++) {
              machine.vm.irqLine(MSI, 1);
              assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
              cpus[0].hcall(Hcall.H_EOI, 0xff001001L);
            }
            machine.vm.irqLine(MSI, 1);
          });
      assertEquals(
          "    q[5]: T=1 00001001 80001001...",
          read(machine).lines().filter(line -> line.startsWith("    q[5]")).findFirst().orElse(""));
    }
  }

  @Test
  void read_changesNothing() throws ErrnoException {
    try (XicsMachine machine = busyMachine(KernelVersion.V6, new Xive.Builder().build())) {
      String before = machine.snapshot();
      String first = read(machine);
      assertEquals(first, read(machine));
      assertEquals(before, machine.snapshot());
    }
  }

  @Test
  void read_afterRelease_isEio() throws ErrnoException {
    XicsMachine machine = new XicsMachine(1);
    DebugfsFile file = machine.vm.debugfs().open(machine.vm.debugfs().paths().get(0));
    machine.close();
    assertEquals(Errno.EIO, assertThrows(ErrnoException.class, file::read).errno());
    assertEquals(0, machine.vm.debugfs().paths().size());
  }
}
