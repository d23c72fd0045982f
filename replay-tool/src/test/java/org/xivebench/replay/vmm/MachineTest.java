package org.xivebench.replay.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xivebench.replay.vmm.OneCpu.externalInterrupt;
import static org.xivebench.replay.vmm.OneCpu.on;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xivebench.kvm.Errno;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.sync.Lockdep;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Quirks;
import org.xivebench.xive.Xive;

final class MachineTest {
  private static final int MSI = 0x1301;
  private static final int LSI = 0x1202;

  private static long rtas(Machine machine, RtasToken token, int[] arguments, int[] returns) {
    return on(machine, 0, cpu -> cpu.rtas(token.number(), arguments, returns));
  }

  private static Machine inKernelXics(Xive host) throws ErrnoException {
    return Machine.inKernel(
        MachineConfig.standard(2, InterruptMode.XICS, VmConfig.DEFAULT),
        host,
        mode -> new XicsDeviceType());
  }

  @Test
  void inKernelXics_whenConnected_servesRtasAndDeliversToTheServer() throws Exception {
    try (Machine machine = inKernelXics(new Xive.Builder().build())) {
      assertEquals(IrqType.XICS, machine.vm().vcpus().get(1).irqType());
      int[] status = new int[1];
      long code = rtas(machine, RtasToken.SET_XIVE, new int[] {MSI, 1, 5}, status);
      assertEquals(Hcall.H_SUCCESS, code);
      assertEquals(0, status[0]);
      machine.sendMsi(machine.interrupts().source(MSI));
      assertEquals(0L, on(machine, 1, cpu -> cpu.hcall(Hcall.H_CPPR, 0xff)));
      assertEquals(0L, on(machine, 0, cpu -> cpu.hcall(Hcall.H_CPPR, 0xff)));
      assertFalse(externalInterrupt(machine, 0));
      assertTrue(externalInterrupt(machine, 1));
      assertEquals(
          0xff001301L,
          on(
              machine,
              1,
              cpu -> {
                assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_XIRR));
                return cpu.vcpu().gpr(4);
              }));
    }
  }

  @Test
  void inKernelXics_sourcesStartMasked() throws Exception {
    try (Machine machine = inKernelXics(new Xive.Builder().build())) {
      int[] returns = new int[3];
      assertEquals(0L, rtas(machine, RtasToken.GET_XIVE, new int[] {LSI}, returns));
      assertEquals(0, returns[0]);
      assertEquals(0xff, returns[2]);
    }
  }

  /** Which of the two serves a call is not for the guest to see. */
  @Test
  void rtas_argumentsInMemory_areServedByKvmAndByTheVmm() throws Exception {
    try (Machine machine = inKernelXics(new Xive.Builder().build())) {
      assertEquals(List.of(0L, 0, 0, 0xff), rtasInMemory(machine, RtasToken.GET_XIVE, LSI));
      machine.disconnect();
      assertEquals(List.of(0L, -1, 0, 0), rtasInMemory(machine, RtasToken.GET_XIVE, LSI));
      assertEquals(Hcall.H_PARAMETER, on(machine, 0, cpu -> cpu.hcall(Hcall.H_RTAS, -4)));
    }
  }

  /** Returns R3, and the three return words. */
  private static List<Number> rtasInMemory(Machine machine, RtasToken token, int argument) {
    long block = 0x1_0000;
    int[] words = {token.number(), 1, 3, argument, 0, 0, 0};
    for (int i = 0; i < words.length; i++) {
      machine.vm().memory().writeInt(block + 4L * i, words[i]);
    }
    long code = on(machine, 0, cpu -> cpu.hcall(Hcall.H_RTAS, block));
    return List.of(
        code,
        machine.vm().memory().readInt(block + 16),
        machine.vm().memory().readInt(block + 20),
        machine.vm().memory().readInt(block + 24));
  }

  @Test
  void disconnect_leavesNothingOfTheDevice() throws Exception {
    Xive host = new Xive.Builder().build();
    Machine machine = inKernelXics(host);
    DeviceFile file = machine.file();
    assertTrue(host.opal().allocatedIrqCount() > 0);
    machine.disconnect();
    assertTrue(file.isReleased());
    assertNull(machine.file());
    assertNull(machine.vm().irqchip());
    assertEquals(0, host.opal().allocatedIrqCount());
    assertEquals(0, host.opal().allocatedVpBlockCount());
    int[] status = new int[1];
    assertEquals(0L, rtas(machine, RtasToken.INT_OFF, new int[] {MSI}, status));
    assertEquals(-1, status[0], "the kernel's token has gone, and there is no controller");
    assertEquals(Hcall.H_HARDWARE, on(machine, 1, cpu -> cpu.hcall(Hcall.H_XIRR)));
  }

  @Test
  void connect_again_takesANewDevice() throws Exception {
    Machine machine =
        Machine.inKernel(
            MachineConfig.standard(2, InterruptMode.DUAL, VmConfig.DEFAULT),
            new Xive.Builder().build());
    DeviceFile first = machine.connect(new XicsDeviceType());
    machine.disconnect();
    DeviceFile second = machine.connect(new XicsDeviceType());
    assertTrue(first.isReleased());
    assertEquals(second, machine.file());
    machine.close();
    assertTrue(second.isReleased());
  }

  @Test
  void connect_whenAnotherControllerIsThere_isEexistAndLeavesNothing() throws Exception {
    Xive host = new Xive.Builder().build();
    Machine machine =
        Machine.inKernel(MachineConfig.standard(2, InterruptMode.DUAL, VmConfig.DEFAULT), host);
    try (DeviceFile other = machine.vm().createDevice(new XicsDeviceType())) {
      ErrnoException e =
          assertThrows(ErrnoException.class, () -> machine.connect(new XicsDeviceType()));
      assertEquals(Errno.EEXIST, e.errno());
      assertNull(machine.file());
      assertEquals(other.device(), machine.vm().irqchip());
    }
    assertEquals(0, host.opal().allocatedIrqCount());
  }

  @Test
  void lsi_onEmulatedXics_isShownAgainWhileItsLineIsUp() throws Exception {
    Machine machine =
        Machine.emulated(MachineConfig.standard(2, InterruptMode.XICS, VmConfig.DEFAULT));
    assertEquals(0L, on(machine, 1, cpu -> cpu.hcall(Hcall.H_CPPR, 0xff)));
    int[] status = new int[1];
    assertEquals(0L, rtas(machine, RtasToken.SET_XIVE, new int[] {LSI, 1, 3}, status));
    assertEquals(0, status[0]);
    machine.driveLine(machine.interrupts().source(LSI), true);
    assertEquals(0xff001202L, accept(machine));
    assertEquals(0x03000000L, accept(machine), "in service: not shown again");
    assertEquals(0L, on(machine, 1, cpu -> cpu.hcall(Hcall.H_EOI, 0xff001202L)));
    assertEquals(0xff001202L, accept(machine), "the line is still up");
    machine.driveLine(machine.interrupts().source(LSI), false);
    assertEquals(0L, on(machine, 1, cpu -> cpu.hcall(Hcall.H_EOI, 0xff001202L)));
    assertFalse(externalInterrupt(machine, 1));
  }

  private static long accept(Machine machine) {
    return on(
        machine,
        1,
        cpu -> {
          assertEquals(Hcall.H_SUCCESS, cpu.hcall(Hcall.H_XIRR));
          return cpu.vcpu().gpr(4);
        });
  }

  @Test
  void config_withServerBeyondTheIpis_isRefused() {
    InterruptMap interrupts = InterruptMap.standard(8);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new MachineConfig(
                List.of(0, 8), interrupts, InterruptMode.XIVE, VmConfig.DEFAULT, Quirks.NONE));
  }

  @BeforeEach
  void forgetLocks() {
    Lockdep.reset();
  }

  @AfterEach
  void locks_wereTakenInTheirOrder() {
    assertEquals(List.of(), Lockdep.reports());
  }
}
