package org.xivebench.replay.vmm;

import java.util.List;
import org.xivebench.kvm.ErrnoException;
import org.xivebench.kvm.IrqType;
import org.xivebench.kvm.RtasService;
import org.xivebench.kvm.Vm;
import org.xivebench.kvm.device.DeviceFile;
import org.xivebench.kvm.device.DeviceType;
import org.xivebench.kvm.device.UserBuffer;
import org.xivebench.kvm.uapi.KvmUapi;
import org.xivebench.kvm.uapi.OneReg;

/**
 * KVM's XICS as a VMM drives it: RTAS tokens, attributes, registers and KVM_IRQ_LINE.
 *
 * <p>Source: Documentation/virt/kvm/devices/xics.rst, Linux v5.10; the order of calls as QEMU 7.2
 * makes them.
 */
final class InKernelXics implements InKernelController {
  private static final int SOURCES = 1;
  private static final int CTRL = 2;
  private static final int CTRL_NR_SERVERS = 1;

  private static final long SOURCE_PRIORITY_SHIFT = 32;
  private static final long SOURCE_LEVEL_SENSITIVE = 1L << 40;
  private static final long SOURCE_MASKED = 1L << 41;
  private static final long SOURCE_PENDING = 1L << 42;
  private static final long MASKED_PRIORITY = 0xff;

  /** CPPR 0, no XISR, MFRR 0xff, pending priority 0xff. */
  private static final long IDLE_ICP = 0x0000_0000_ffff_0000L;

  private final Vm vm;
  private final DeviceFile file;

  private InKernelXics(Vm vm, DeviceFile file) {
    this.vm = vm;
    this.file = file;
  }

  /**
   * Defines the RTAS tokens, creates the device, connects every vCPU, sets all sources and then the
   * presentation state of every vCPU.
   *
   * @param servers the server number of each vCPU
   * @throws ErrnoException what one of the calls gave; then nothing is left
   */
  static InKernelXics connect(
      Vm vm, DeviceType type, InterruptMap interrupts, List<Integer> servers)
      throws ErrnoException {
    InKernelXics xics;
    try {
      for (RtasService service : RtasService.values()) {
        vm.defineRtasToken(service.rtasName(), RtasToken.of(service).number());
      }
      xics = new InKernelXics(vm, vm.createDevice(type));
    } catch (ErrnoException e) {
      undefineTokens(vm);
      throw e;
    }
    try {
      InKernelXive.setServerCount(xics.file, CTRL, CTRL_NR_SERVERS, interrupts.ipiCount());
      for (int i = 0; i < servers.size(); i++) {
        xics.file.connect(vm.vcpus().get(i), type.connectCapability(), servers.get(i));
      }
      for (MachineSource source : interrupts.deviceSources()) {
        if (source.isClaimed()) {
          xics.claim(source);
        }
      }
      for (int i = 0; i < servers.size(); i++) {
        vm.vcpus().get(i).setOneReg(KvmUapi.KVM_REG_PPC_ICP_STATE, OneReg.of(IDLE_ICP));
      }
    } catch (ErrnoException e) {
      xics.disconnect();
      throw e;
    }
    return xics;
  }

  /** Closes the descriptor, then takes the RTAS tokens back. */
  @Override
  public void disconnect() {
    file.close();
    undefineTokens(vm);
  }

  private static void undefineTokens(Vm vm) {
    for (RtasService service : RtasService.values()) {
      try {
        vm.defineRtasToken(service.rtasName(), 0);
      } catch (ErrnoException e) {
        throw new AssertionError("undefining a token never fails", e);
      }
    }
  }

  @Override
  public DeviceFile file() {
    return file;
  }

  @Override
  public IrqType mode() {
    return IrqType.XICS;
  }

  @Override
  public void claim(MachineSource source) throws ErrnoException {
    long word = (MASKED_PRIORITY << SOURCE_PRIORITY_SHIFT) | SOURCE_MASKED;
    if (source.isLsi()) {
      word |= SOURCE_LEVEL_SENSITIVE | (source.isAsserted() ? SOURCE_PENDING : 0);
    }
    file.setAttr(SOURCES, source.number(), UserBuffer.ofLong(word));
  }

  @Override
  public void free(MachineSource source) {
    // KVM has no call for it.
  }

  @Override
  public void trigger(MachineSource source) throws ErrnoException {
    int unusedStatus = vm.irqLine(source.number(), KvmUapi.KVM_INTERRUPT_SET);
  }

  @Override
  public void driveLine(MachineSource source) throws ErrnoException {
    int level = source.isAsserted() ? KvmUapi.KVM_INTERRUPT_SET_LEVEL : KvmUapi.KVM_INTERRUPT_UNSET;
    int unusedStatus = vm.irqLine(source.number(), level);
  }
}
