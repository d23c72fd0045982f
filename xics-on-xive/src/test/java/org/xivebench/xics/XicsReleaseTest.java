package org.xivebench.xics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.KernelVersion;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.irqchip.QueuePage;
import org.xivebench.kvm.irqchip.SourceState;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.sync.UseAfterFree;
import org.xivebench.xive.Opal;
import org.xivebench.xive.Xive;

/** The end of a device. */
class XicsReleaseTest {
  private static final int A = 0x1001;
  private static final int B = 0x2040;

  private static XicsMachine busyMachine() throws ErrnoException {
    XicsMachine machine = new XicsMachine(2);
    machine.addMsi(A, 1, 5);
    machine.addMsi(B, 0, 0);
    machine.inGuest(
        cpus -> {
          cpus[0].hcall(Hcall.H_CPPR, 0xff);
          cpus[1].hcall(Hcall.H_CPPR, 0xff);
          machine.vm.irqLine(A, 1);
          assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
          machine.vm.irqLine(B, 1);
          cpus[0].hcall(Hcall.H_IPI, 1, 4);
        });
    return machine;
  }

  @Test
  void release_withInterruptsUnderWay_leavesNothingAllocated() throws ErrnoException {
    XicsMachine machine = busyMachine();
    machine.close();

    assertTrue(machine.file.isReleased());
    Opal opal = machine.host.opal();
    assertEquals(0, opal.allocatedIrqCount());
    assertEquals(0, opal.allocatedVpBlockCount());
    assertNull(machine.vm.irqchip());
    assertTrue(machine.vm.debugfs().paths().isEmpty());
    for (Vcpu vcpu : machine.vcpus) {
      assertEquals(IrqType.DEFAULT, vcpu.irqType());
      assertNull(vcpu.presenter());
      assertEquals(0, vcpu.camWord());
      assertNull(vcpu.escEsb());
    }
  }

  @Test
  void release_whatWasFreed_isNoLongerToBeUsed() throws ErrnoException {
    XicsMachine machine = busyMachine();
    XicsVcpu xc = machine.presenter(1);
    QueuePage page = xc.queue(5).qpage();
    SourceState state = machine.source(A);
    XicsDevice device = machine.device();
    machine.close();

    assertThrows(UseAfterFree.class, xc::serverNumber);
    assertThrows(UseAfterFree.class, () -> page.entry(0));
    assertThrows(UseAfterFree.class, state.ipiData::trigger);
    assertThrows(UseAfterFree.class, xc.vpIpiData::trigger);
    assertThrows(UseAfterFree.class, () -> device.intOff(A));
  }

  @Test
  void create_afterRelease_deliversNothingOfTheOldLife() throws ErrnoException {
    XicsMachine machine = busyMachine();
    machine.close();
    machine.create();
    machine.connect(1);
    machine.connect(0);
    machine.addMsi(A, 0, 2);
    machine.inGuest(
        cpus -> {
          cpus[0].hcall(Hcall.H_CPPR, 0xff);
          cpus[1].hcall(Hcall.H_CPPR, 0xff);
          assertFalse(cpus[0].externalInterrupt());
          assertFalse(cpus[1].externalInterrupt());
          machine.vm.irqLine(A, 1);
          assertEquals(0xff001001L, XicsMachine.xirr(cpus[0]));
          assertEquals(-Errno.EINVAL.number(), machine.vm.irqLine(B, 1));
        });
    machine.close();
    assertEquals(0, machine.host.opal().allocatedIrqCount());
  }

  @Test
  void release_withoutSingleEscalation_freesEveryEscalation() throws ErrnoException {
    Xive host = new Xive.Builder().singleEscalation(false).build();
    XicsMachine machine = new XicsMachine(2, KernelVersion.V6, host);
    machine.addMsi(A, 1, 5);
    assertTrue(machine.presenter(1).escalation(5).name().endsWith("-1-5"));
    assertNull(machine.presenter(1).escalation(4));
    machine.close();
    assertEquals(0, host.opal().allocatedVpBlockCount());
    machine.create();
    machine.connect(0);
    machine.close();
  }

  @Test
  void provisioning_vcpuConnectedLater_getsTheQueuesToo() throws ErrnoException {
    try (XicsMachine machine = new XicsMachine(1)) {
      machine.addMsi(A, 0, 5);
      Vcpu late = machine.vm.createVcpu(1);
      machine.vcpus.add(late);
      machine.connect(1);
      machine.device().setXive(A, 1, 5);
      machine.inGuest(
          cpus -> {
            cpus[1].hcall(Hcall.H_CPPR, 0xff);
            machine.vm.irqLine(A, 1);
            assertEquals(0xff001001L, XicsMachine.xirr(cpus[1]));
          });
    }
  }
}
