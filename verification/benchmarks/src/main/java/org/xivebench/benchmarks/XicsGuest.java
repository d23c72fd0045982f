package org.xivebench.benchmarks;

import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.GuestCpu;
import org.xivebench.kvm.GuestProgram;
import org.xivebench.kvm.Vcpu;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.VmConfig;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.Hcall;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.XicsSourceWord;
import org.xivebench.kvm.uapi.XicsUapi;
import org.xivebench.xics.XicsDeviceType;
import org.xivebench.xive.Xive;

/** A vCPU of a VM with a XICS, one MSI, and an interrupt driver. */
final class XicsGuest {
  private static final int MSI = 16;
  private static final int MSI_PRIORITY = 5;
  private static final int IPI_PRIORITY = 4;
  private static final long OPEN = 0xff;
  private static final long IPI_TAKEN = OPEN << 24 | 2;
  private static final long MSI_TAKEN = OPEN << 24 | MSI;

  private final Vm vm;
  private final Vcpu vcpu;
  private final GuestProgram ipis;
  private final GuestProgram msis;

  /**
   * @param count how many interrupts {@link #handleIpis} and {@link #handleMsis} take
   */
  XicsGuest(int count) {
    vm = new Vm(VmConfig.DEFAULT, new Xive.Builder().build());
    try {
      vcpu = vm.createVcpu(0);
      DeviceFile file = vm.createDevice(new XicsDeviceType());
      file.connect(vcpu, KvmUapi.KVM_CAP_IRQ_XICS, 0);
      long word = XicsSourceWord.PRIORITY.of(MSI_PRIORITY);
      file.setAttr(XicsUapi.KVM_DEV_XICS_GRP_SOURCES, MSI, UserBuffer.ofLong(word));
    } catch (ErrnoException e) {
      throw new IllegalStateException(e);
    }
    ipis =
        cpu -> {
          for (int i = 0; i < count; i++) {
            handleIpi(cpu);
          }
        };
    msis =
        cpu -> {
          for (int i = 0; i < count; i++) {
            handleMsi(cpu);
          }
        };
    run(cpu -> cpu.hcall(Hcall.H_CPPR, OPEN));
  }

  private void run(GuestProgram program) {
    if (!vcpu.run(program, NoExits.INSTANCE)) {
      throw new AssertionError("stopped");
    }
  }

  /** Sends IPIs to itself, and takes and ends each. */
  void handleIpis() {
    run(ipis);
  }

  /** Takes and ends messages of a device. */
  void handleMsis() {
    run(msis);
  }

  private static void handleIpi(GuestCpu cpu) {
    long unusedSent = cpu.hcall(Hcall.H_IPI, 0, IPI_PRIORITY);
    take(cpu, IPI_TAKEN);
    long unusedWithdrawn = cpu.hcall(Hcall.H_IPI, 0, OPEN);
    long unusedEnded = cpu.hcall(Hcall.H_EOI, IPI_TAKEN);
  }

  private void handleMsi(GuestCpu cpu) {
    try {
      int unusedStatus = vm.irqLine(MSI, KvmUapi.KVM_INTERRUPT_SET);
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
    take(cpu, MSI_TAKEN);
    long unusedEnded = cpu.hcall(Hcall.H_EOI, MSI_TAKEN);
  }

  private static void take(GuestCpu cpu, long expected) {
    if (!cpu.externalInterrupt()) {
      throw new AssertionError("no interrupt");
    }
    long unusedCode = cpu.hcall(Hcall.H_XIRR);
    if (cpu.vcpu().gpr(4) != expected) {
      throw new AssertionError("taken: 0x" + Long.toHexString(cpu.vcpu().gpr(4)));
    }
  }
}
